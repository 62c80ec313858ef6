/**
 * The supervisor's core: `step(state, input, now) → { state, effects }`. It forks nothing, kills nothing and reads no
 * clock; `master/supervise.ts` does. So every history can be replayed, and a simulator can try them by the thousand.
 */
import { debug, debugFresh, settleClaims, undebug } from './debugging.ts';
import { Draft } from './draft.ts';
import { advance, fail, lose, passTime } from './lives.ts';
import { adjustSlots, begin, end, scale, stop } from './phases.ts';
import { beginReload, judge, requestReload } from './reload.ts';
import { beginNext, enqueue, withdrawNanny } from './replacement.ts';
import { type Effect, type Input, OVERSLEPT, readyWorkers, type State } from './state.ts';
import { nextDeadline } from './timing.ts';

export interface Step {
  state: State;
  effects: Effect[];
}

export function step(before: State, input: Input, now: number): Step {
  const draft = new Draft(before, now);
  if (hasOverslept(before, now)) excuseSilence(draft);
  take(draft, input);
  settle(draft);
  draft.state.wakeAt = nextDeadline(draft.state, now);
  return { state: draft.state, effects: draft.effects };
}

/** The machine was suspended, the whole group stopped, or this event loop blocked. */
const hasOverslept = ({ wakeAt }: State, now: number) => wakeAt !== null && now > wakeAt + OVERSLEPT;

/** Who was silent cannot be told from who was not heard. */
function excuseSilence(draft: Draft): void {
  for (const worker of draft.state.workers) worker.lastBeat = draft.now;
}

function take(draft: Draft, input: Input): void {
  switch (input.type) {
    case 'start':
      return begin(draft);
    case 'forked':
      return change(draft, input.id, worker => {
        worker.pid = input.pid;
      });
    case 'fork-failed':
      return lose(draft, input.id, `could not be forked: ${input.reason}`, input.random);
    case 'stage':
      return advance(draft, input.id, input.state);
    case 'failed':
      return fail(draft, input.id, input.stage, input.error);
    case 'exited':
      return lose(draft, input.id, describeExit(input.code, input.signal), input.random);
    case 'beat':
      withdrawNanny(draft, input.id);
      return change(draft, input.id, worker => {
        worker.lastBeat = draft.now;
      });
    case 'replace':
      return enqueue(draft, input.id, input);
    case 'pause':
    case 'resume':
      return rest(draft, input.id, input.type);
    case 'debug':
      return debug(draft, input.id, input.aside);
    case 'debug-fresh':
      return debugFresh(draft);
    case 'undebug':
      return undebug(draft, input.id, input.next);
    case 'scale':
      return scale(draft, input.wanted);
    case 'reload':
      return requestReload(draft);
    case 'verdict':
      return judge(draft, input.generation, input.problem);
    case 'stop':
      return stop(draft);
    case 'time':
      return passTime(draft);
  }
}

function change(draft: Draft, id: number, apply: (worker: NonNullable<ReturnType<Draft['worker']>>) => void): void {
  const worker = draft.worker(id);
  if (worker) apply(worker);
}

/** One that is set aside stays so until nobody debugs it any more. */
function rest(draft: Draft, id: number, order: 'pause' | 'resume'): void {
  const worker = draft.worker(id);
  const from = order === 'pause' ? 'ready' : 'paused';
  if (worker?.state === from && !worker.aside) draft.rest(worker, order);
}

/** What follows from where things stand, whatever has led there. */
function settle(draft: Draft): void {
  const { state } = draft;
  settleClaims(draft);
  beginReload(draft);
  beginNext(draft);
  adjustSlots(draft);
  for (const slot of state.slots) {
    if (slot.forkAt === null || slot.forkAt > draft.now) continue;
    slot.forkAt = null;
    draft.fork(slot, null);
  }
  if (state.phase === 'starting' && readyWorkers(state).length === state.wanted) {
    draft.becomePhase('serving');
    draft.effects.push({ type: 'started' });
  }
  if (state.phase === 'stopping' && state.workers.length === 0) end(draft);
}

function describeExit(code: number | null, signal: string | null): string {
  return signal ? `was killed by ${signal}` : `exited with code ${code}`;
}
