import { FIRST_BACKOFF, LAST_BACKOFF, type State, WARM_UP_GRACE, type Worker } from './state.ts';

/** The share of a leaving worker's time after which it is sent SIGTERM; SIGKILL follows when the time is up. */
const TERM_SHARE = 0.9;

/** When a worker that leaves is sent which signal. */
export const leavingTimes = (now: number, grace: number) => ({ termAt: now + grace * TERM_SHARE, killAt: now + grace });

/** How long a slot waits after its n-th crash in a row: not at all, then 1 s, 2 s, 4 s … 30 s, ±20 %. */
export function backoff(failures: number, random: number): number {
  if (failures <= 1) return 0;
  const base = Math.min(FIRST_BACKOFF * 2 ** (failures - 2), LAST_BACKOFF);
  return Math.round(base * (0.8 + 0.4 * random));
}

/** When something has to happen to this worker if it does not move by then; null for never. */
export function deadlineOf(state: State, worker: Worker): number | null {
  const { startTimeout, warmUpTimeout, tolerance } = state.policy;
  switch (worker.state) {
    case 'retiring':
      return worker.leaving && (worker.leaving.termAt ?? worker.leaving.killAt);
    case 'forked':
    case 'configuring':
      if (worker.debugged) return null;
      return (state.phase === 'starting' ? state.startedAt : worker.since) + startTimeout;
    case 'warming':
      return worker.debugged ? null : worker.since + warmUpTimeout + WARM_UP_GRACE;
    case 'ready':
    case 'paused':
      return tolerance === null || worker.debugged || state.phase !== 'serving' ? null : worker.lastBeat + tolerance;
  }
}

/** Its deadline has passed: for one that is ready or paused, that it has been silent for too long. */
export function isOverdue(state: State, worker: Worker, now: number): boolean {
  const deadline = deadlineOf(state, worker);
  return deadline !== null && now >= deadline;
}

/** When the next of all deadlines is, `now` if one has passed; null for never. */
export function nextDeadline(state: State, now: number): number | null {
  const awaited = new Set([state.current?.predecessor, ...state.queue.map(({ predecessor }) => predecessor)]);
  const deadlines = state.workers.map(worker => {
    const silent = (worker.state === 'ready' || worker.state === 'paused') && awaited.has(worker.id);
    return silent ? null : deadlineOf(state, worker);
  });
  for (const slot of state.slots) {
    deadlines.push(slot.forkAt);
    if (state.phase === 'starting' && slot.forkAt !== null) deadlines.push(state.startedAt + state.policy.startTimeout);
  }
  // A replacement that backs off; the others wait for an event.
  if (!state.current && !state.reload) {
    for (const { predecessor } of state.queue) {
      const worker = state.workers.find(({ id }) => id === predecessor);
      const slot = state.slots.find(({ index }) => index === worker?.slot);
      if (slot && slot.successorAt > now) deadlines.push(slot.successorAt);
    }
  }
  const pending = deadlines.filter(deadline => deadline !== null);
  return pending.length > 0 ? Math.max(now, Math.min(...pending)) : null;
}
