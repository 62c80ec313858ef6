/**
 * What a session that runs no code may send: methods, and of each the arguments. Whatever is not here is refused, so that an
 * argument which a later V8 understands lets nobody do more.
 */

/** Whether a value is one that an argument may have. */
type Check = (value: unknown) => boolean;
type Arguments = Readonly<Record<string, Check>>;

/** Microseconds. More samples than that are felt by everybody whom the worker serves. */
const LEAST_CPU_INTERVAL = 100;
/** Bytes between two samples of the heap. */
const LEAST_HEAP_INTERVAL = 1_024;
/** Characters of a name, a pattern or a logpoint's text. */
const MOST_TEXT = 4_096;
const MOST_PATTERNS = 1_000;

const text: Check = value => typeof value === 'string' && value.length <= MOST_TEXT;
const flag: Check = value => typeof value === 'boolean';
const atLeast =
  (least: number): Check =>
  value =>
    Number.isSafeInteger(value) && Number(value) >= least;
const count = atLeast(0);
const texts: Check = value => Array.isArray(value) && value.length <= MOST_PATTERNS && value.every(text);
const place: Check = value =>
  refusedArgument({ scriptId: text, lineNumber: count, columnNumber: count }, value) === null;

/** A message that has no values of the program in it: as DevTools writes a logpoint with a text. */
const LITERAL_LOGPOINT =
  /^(?:\/\*\* DEVTOOLS_LOGPOINT \*\/ )?console\.log\((?:"[^"\\\n]*"|'[^'\\\n]*')\)(?:,\s*false)?\s*(?:\/\/# sourceURL=debugger:\/\/logpoint)?$/;
const literal: Check = value => text(value) && LITERAL_LOGPOINT.test(String(value));

const NONE: Arguments = {};

/** Of a session that measures. */
export const PROFILE: Readonly<Record<string, Arguments>> = {
  'Profiler.enable': NONE,
  'Profiler.disable': NONE,
  'Profiler.setSamplingInterval': { interval: atLeast(LEAST_CPU_INTERVAL) },
  'Profiler.start': NONE,
  'Profiler.stop': NONE,
  'HeapProfiler.enable': NONE,
  'HeapProfiler.disable': NONE,
  'HeapProfiler.startSampling': {
    samplingInterval: atLeast(LEAST_HEAP_INTERVAL),
    includeObjectsCollectedByMajorGC: flag,
    includeObjectsCollectedByMinorGC: flag,
  },
  'HeapProfiler.stopSampling': NONE,
  'HeapProfiler.getSamplingProfile': NONE,
  'Runtime.getIsolateId': NONE,
  'Runtime.getHeapUsage': NONE,
};

/** Of a session that has the program say that it came by, too: its only breakpoints are those that log a text in quotes. */
export const LOGPOINT: Readonly<Record<string, Arguments>> = {
  ...PROFILE,
  'Debugger.enable': { maxScriptsCacheSize: count },
  'Debugger.disable': NONE,
  'Debugger.getPossibleBreakpoints': { start: place, end: place, restrictToFunction: flag },
  'Debugger.getScriptSource': { scriptId: text },
  'Debugger.setBreakpointByUrl': {
    lineNumber: count,
    columnNumber: count,
    url: text,
    urlRegex: text,
    scriptHash: text,
    condition: literal,
  },
  'Debugger.removeBreakpoint': { breakpointId: text },
  'Debugger.setBreakpointsActive': { active: flag },
  'Debugger.setBlackboxPatterns': { patterns: texts, skipAnonymous: flag },
  'Debugger.setSkipAllPauses': { skip: flag },
};

/** Arguments without which a command means something else: a breakpoint without a condition stops the program. */
const NEEDED: Readonly<Record<string, string>> = { 'Debugger.setBreakpointByUrl': 'condition' };

/** Why these arguments may not be sent with a method of {@link PROFILE} or {@link LOGPOINT}; undefined when they may. */
export function argumentRefusal(method: string, params: object): string | undefined {
  const needed = NEEDED[method];
  const refused =
    needed !== undefined && !Object.hasOwn(params, needed) ? needed : refusedArgument(LOGPOINT[method] ?? NONE, params);
  if (refused === null) return undefined;
  return refused === 'condition'
    ? `${method}: a session that may only log has no breakpoints but those that log a text in quotes; anything else is code`
    : `${method}: the argument ${JSON.stringify(refused.slice(0, 100))} is not allowed with this value in a session that runs no code`;
}

/** The first argument that is not as it may be; null when all are. */
function refusedArgument(allowed: Arguments, given: unknown): string | null {
  if (typeof given !== 'object' || given === null) return '';
  const found = Object.entries(given).find(
    ([name, value]) => !(Object.hasOwn(allowed, name) && allowed[name]?.(value)),
  );
  return found === undefined ? null : found[0];
}
