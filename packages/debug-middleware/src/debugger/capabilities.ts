import type { Access } from '@troupe/guard';
import type { Command } from '../inspector/messages.ts';

/**
 * What a session may do. `profile` measures; `logpoint` also reads sources, and has the program say that it came by;
 * `debug` does everything, which is to say that it runs code.
 */
export type Capability = 'profile' | 'logpoint' | 'debug';

/** What a visitor has to have for it: names of functions are what people who operate see anyway. */
export const ACCESS_FOR: Readonly<Record<Capability, Access>> = {
  profile: 'operate',
  logpoint: 'debug',
  debug: 'debug',
};

export const isCapability = (value: unknown): value is Capability =>
  value === 'profile' || value === 'logpoint' || value === 'debug';

const methods = (domain: string, names: string): string[] => names.split(' ').map(name => `${domain}.${name}`);

const PROFILE = [
  ...methods('Profiler', 'enable disable setSamplingInterval start stop'),
  ...methods('HeapProfiler', 'enable disable startSampling stopSampling getSamplingProfile'),
  ...methods('Runtime', 'getIsolateId getHeapUsage'),
];

const LOGPOINT = [
  ...PROFILE,
  ...methods('Debugger', 'enable disable getPossibleBreakpoints getScriptSource removeBreakpoint setBreakpointByUrl'),
  ...methods('Debugger', 'setBreakpointsActive setBlackboxPatterns setSkipAllPauses'),
];

const DEBUG = [
  ...LOGPOINT,
  ...methods('Console', 'enable disable clearMessages'),
  ...methods('Debugger', 'continueToLocation disassembleWasmModule evaluateOnCallFrame getStackTrace getWasmBytecode'),
  ...methods('Debugger', 'nextWasmDisassemblyChunk pause pauseOnAsyncCall restartFrame resume searchInContent'),
  ...methods('Debugger', 'setAsyncCallStackDepth setBlackboxedRanges setBlackboxExecutionContexts setBreakpoint'),
  ...methods(
    'Debugger',
    'setBreakpointOnFunctionCall setInstrumentationBreakpoint setPauseOnExceptions setReturnValue',
  ),
  ...methods('Debugger', 'setScriptSource setVariableValue stepInto stepOut stepOver'),
  ...methods('HeapProfiler', 'addInspectedHeapObject collectGarbage getHeapObjectId getObjectByHeapObjectId'),
  ...methods('HeapProfiler', 'startTrackingHeapObjects stopTrackingHeapObjects takeHeapSnapshot'),
  ...methods('NodeRuntime', 'enable disable notifyWhenWaitingForDisconnect'),
  ...methods('NodeTracing', 'getCategories start stop'),
  ...methods('NodeWorker', 'enable disable detach sendMessageToWorker'),
  ...methods('Profiler', 'getBestEffortCoverage startPreciseCoverage stopPreciseCoverage takePreciseCoverage'),
  ...methods('Runtime', 'addBinding awaitPromise callFunctionOn compileScript disable discardConsoleEntries enable'),
  ...methods(
    'Runtime',
    'evaluate getExceptionDetails getProperties globalLexicalScopeNames queryObjects releaseObject',
  ),
  ...methods('Runtime', 'releaseObjectGroup removeBinding runIfWaitingForDebugger runScript setAsyncCallStackDepth'),
  ...methods('Runtime', 'setCustomObjectFormatterEnabled setMaxCallStackSizeToCapture terminateExecution'),
  ...methods('Schema', 'getDomains'),
];

const ALLOWED: Readonly<Record<Capability, ReadonlySet<string>>> = {
  profile: new Set(PROFILE),
  logpoint: new Set(LOGPOINT),
  debug: new Set(DEBUG),
};

/** A message that has no values of the program in it: as DevTools writes a logpoint with a text. */
const LITERAL_LOGPOINT =
  /^(?:\/\*\* DEVTOOLS_LOGPOINT \*\/ )?console\.log\((?:"[^"\\\n]*"|'[^'\\\n]*')\)(?:,\s*false)?\s*(?:\/\/# sourceURL=debugger:\/\/logpoint)?$/;

/** Why a session with this capability may not send a command; undefined when it may. */
export function refusal(capability: Capability, { method, params = {} }: Command): string | undefined {
  if (!ALLOWED[capability].has(method)) {
    return ALLOWED.debug.has(method)
      ? `${method} is not allowed in a session that may only ${capability}`
      : `'${method}' wasn't found`;
  }
  if (capability !== 'debug' && method === 'Debugger.setBreakpointByUrl') return breakpointRefusal(params);
  return undefined;
}

function breakpointRefusal(params: object): string | undefined {
  if ('condition' in params && typeof params.condition === 'string' && LITERAL_LOGPOINT.test(params.condition)) return;
  return 'a session that may only log has no breakpoints but those that log a text in quotes; anything else is code';
}
