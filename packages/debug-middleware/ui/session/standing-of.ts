import type { SessionView } from '../../src/view.ts';

type Kind = 'none' | 'preparing' | 'waiting' | 'running' | 'paused' | 'gone';

/** So few minutes before it ends the person is told. */
export const FEW = 5;

/** Until debugging ends by itself; much while nobody has come yet, who has a limit of his own. */
export function minutesLeft({ lease }: SessionView, now: number): number {
  return lease && lease.sessions > 0 ? Math.max(0, Math.ceil((lease.until - now) / 60_000)) : Number.POSITIVE_INFINITY;
}

/** How it stands, in one word and in a few. */
export function standingOf(view: SessionView, now: number): { kind: Kind; word: string; facts: string } {
  const { problem, worker, lease, ending, others = 0 } = view;
  if (problem !== undefined) return { kind: 'gone', word: 'Not connected', facts: problem };
  if (worker === 'exited') {
    return { kind: 'gone', word: 'Ended', facts: `This worker is no more. ${serve(others)} its clients.` };
  }
  if (!lease && worker === 'retiring') {
    return { kind: 'preparing', word: 'Leaving', facts: 'It answers what it has begun, and ends …' };
  }
  if (!lease && ending) return { kind: 'preparing', word: 'Ending', facts: 'The program goes on …' };
  if (!lease) return { kind: 'none', word: '', facts: 'Nobody debugs this worker.' };
  const left = minutesLeft(view, now);
  const facts = [
    left <= FEW ? `ends in ${left} min unless you do something` : '',
    `by ${lease.by} since ${time(lease.since)}`,
    lease.aside ? rotation(others) : 'in rotation',
    debuggers(lease.sessions),
  ];
  const said = facts.filter(Boolean).join(' · ');
  // Also while it waits: somebody may have pressed Pause.
  if (lease.paused) return { kind: 'paused', word: 'Paused', facts: said };
  switch (lease.state) {
    case 'preparing':
      return {
        kind: 'preparing',
        word: 'Preparing',
        facts: lease.fresh ? 'It is being forked …' : 'A successor warms up; then this one leaves rotation …',
      };
    case 'waiting':
      return {
        kind: 'waiting',
        word: 'Waits before configureApp',
        facts: `Set your breakpoints, then press Run. · ${said}`,
      };
    case 'open':
      return { kind: 'running', word: 'Running', facts: said };
  }
}

const time = (ms: number) => new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
const serve = (others: number) => (others === 1 ? 'One other serves' : `${others} others serve`);
const rotation = (others: number) => `out of rotation, ${others} serve${others === 1 ? 's' : ''}`;
const debuggers = (count: number) => (count > 1 ? `${count} debuggers connected` : '');
