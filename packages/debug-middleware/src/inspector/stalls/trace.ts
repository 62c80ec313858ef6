import { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import type { CallFrame, CpuProfile } from './cpu-profile.ts';
import { cutToStalls } from './cut.ts';
import { findStalls, type Silence, type Stall } from './find-stalls.ts';
import { OriginalPlaces } from './original-place.ts';
import type { FrameReport, StallTrace } from './stall-trace.ts';
import { clock, TurnWatch } from './turns.ts';
import { Witness } from './witness.ts';

export interface TraceOrder {
  /** How long to look, ms. */
  duration: number;
  /** Shorter stalls do not count, ms. */
  threshold: number;
}

/** Between two samples, µs. */
const INTERVAL = 1_000;
/** How often it is looked where the program is during one stall. */
const LOOKS = 4;
/** Stalls that are listed. */
const LISTED = 100;
/** Frames of a stack that are told. */
const DEEPEST = 40;
const MICROSECONDS = 1_000;

/**
 * Watches the main thread's event loop from the agent's thread, and its code by the profiler. Nothing of it is left behind
 * when it ends, which is also when `signal` says so.
 */
export async function traceStalls({ duration, threshold }: TraceOrder, signal: AbortSignal): Promise<StallTrace> {
  if (!parentPort) throw new Error('this is no thread of a worker');
  const session = new Session();
  session.connectToMainThread();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
    await session.post('Profiler.start');
    const witness = new Witness(session);
    const silences = await watchFor(witness, duration, threshold, signal);
    const { profile } = await session.post('Profiler.stop');
    const mapUrlOf = async (scriptId: string) => {
      await witness.enable();
      return witness.scripts.get(scriptId)?.mapUrl;
    };
    return await report(profile as CpuProfile, silences, threshold, new OriginalPlaces(mapUrlOf));
  } finally {
    session.disconnect();
  }
}

/** @returns when the loop did not turn, and where the program was then */
async function watchFor(
  witness: Witness,
  duration: number,
  threshold: number,
  signal: AbortSignal,
): Promise<Silence[]> {
  if (!parentPort) throw new Error('the event loop is watched from a thread beside it');
  const watch = new TurnWatch(parentPort, threshold);
  const end = performance.now() + duration;
  try {
    for (let left = duration; left > 0; left = end - performance.now()) {
      await delay(Math.min(left, threshold / 4), undefined, { signal });
      const { turn, stacks } = watch;
      // More and more rarely: each look holds the program up, if only for a moment.
      if (stacks.length >= LOOKS || watch.silence < threshold * 2 ** (stacks.length - 1)) continue;
      const stack = await witness.stack();
      if (stack && watch.turn === turn) stacks.push(stack);
    }
  } finally {
    watch.end();
  }
  return watch.silences;
}

async function report(
  profile: CpuProfile,
  silences: readonly Silence[],
  threshold: number,
  places: OriginalPlaces,
): Promise<StallTrace> {
  const stalls = findStalls(profile, silences, threshold * MICROSECONDS);
  const listed = longest(stalls, LISTED);
  // The profile's clock says nothing of the time of day.
  const epoch = Date.now() - clock() / MICROSECONDS;
  const frame = async (callFrame: CallFrame): Promise<FrameReport> => ({
    function: callFrame.functionName || '(anonymous)',
    ...(await places.of(callFrame)),
  });
  const reports = listed.map(async ({ from, to, lasts, by, stack, share }) => ({
    at: Math.round(epoch + from / MICROSECONDS),
    duration: Math.round((to - from) / MICROSECONDS),
    lasts,
    by: by ? await frame(by) : null,
    stack: await Promise.all(stack.slice(0, DEEPEST).map(frame)),
    share,
  }));
  return { ...cutToStalls(profile, stalls), stalls: await Promise.all(reports), stallCount: stalls.length };
}

/** In the order of time. */
function longest(stalls: readonly Stall[], most: number): Stall[] {
  const byLength = [...stalls].sort((a, b) => b.to - b.from - (a.to - a.from));
  return byLength.slice(0, most).sort((a, b) => a.from - b.from);
}
