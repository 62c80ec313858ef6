import type { SessionView } from '../../src/view.ts';

type Kind = 'none' | 'preparing' | 'waiting' | 'running' | 'paused' | 'gone';

/** How it stands, in one word and in a few. */
export function standingOf({ problem, worker, lease, others = 0 }: SessionView): {
  kind: Kind;
  word: string;
  facts: string;
} {
  if (problem !== undefined) return { kind: 'gone', word: 'Not connected', facts: problem };
  if (worker === 'exited') {
    return { kind: 'gone', word: 'Ended', facts: `This worker is no more. ${serve(others)} its clients.` };
  }
  if (!lease) return { kind: 'none', word: '', facts: 'Nobody debugs this worker.' };
  const facts = [
    `by ${lease.by} since ${time(lease.since)}`,
    lease.aside ? rotation(others) : 'in rotation',
    debuggers(lease.sessions),
  ];
  const said = facts.filter(Boolean).join(' · ');
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
      return lease.paused
        ? { kind: 'paused', word: 'Paused', facts: said }
        : { kind: 'running', word: 'Running', facts: said };
  }
}

const time = (ms: number) => new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
const serve = (others: number) => (others === 1 ? 'One other serves' : `${others} others serve`);
const rotation = (others: number) => `out of rotation, ${others} serve${others === 1 ? 's' : ''}`;
const debuggers = (count: number) => (count > 1 ? `${count} debuggers connected` : '');
