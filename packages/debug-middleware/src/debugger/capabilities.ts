import type { Access } from '@troupe/guard';
import { messageOf } from '../errors.ts';
import { type Command, toCommand } from '../inspector/messages.ts';
import { argumentRefusal, LOGPOINT, PROFILE } from './arguments.ts';

/**
 * What a session may do. `view` nothing, so that there is none; `profile` measures; `logpoint` also reads sources, and has
 * the program say that it came by; `debug` does everything, which is to say that it runs code.
 */
export type Capability = 'view' | 'profile' | 'logpoint' | 'debug';

/** What a visitor has to have for it: names of functions are what people who operate see anyway. */
export const ACCESS_FOR: Readonly<Record<Capability, Access>> = {
  view: 'view',
  profile: 'operate',
  logpoint: 'debug',
  debug: 'debug',
};

export const isCapability = (value: string): value is Capability => Object.hasOwn(ACCESS_FOR, value);

const methods = (domain: string, names: string): string[] => names.split(' ').map(name => `${domain}.${name}`);

const DEBUG = [
  ...Object.keys(LOGPOINT),
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

/** Characters of a method's name that are repeated to whoever made it up. */
export const MOST_NAME = 100;

const ALLOWED: Readonly<Record<Capability, ReadonlySet<string>>> = {
  view: new Set(),
  profile: new Set(Object.keys(PROFILE)),
  logpoint: new Set(Object.keys(LOGPOINT)),
  debug: new Set(DEBUG),
};

/** JSON-RPC's codes, which V8 uses. */
const NO_SUCH_METHOD = -32_601;
const BAD_ARGUMENTS = -32_602;

export interface Refusal {
  message: string;
  code: number;
}

/** Why a session with this capability may not send a command; undefined when it may. */
export function refusal(capability: Capability, command: Command): Refusal | undefined {
  const { method, params = {} } = command;
  if (!ALLOWED[capability].has(method)) {
    const message = ALLOWED.debug.has(method)
      ? `${method} is not allowed in a session that may only ${capability}`
      : `'${method.slice(0, MOST_NAME)}' wasn't found`;
    return { message, code: NO_SUCH_METHOD };
  }
  const message = capability === 'debug' ? innerRefusal(command) : argumentRefusal(method, params);
  return message === undefined ? undefined : { message, code: BAD_ARGUMENTS };
}

const TO_THREAD = 'NodeWorker.sendMessageToWorker';

/** The command for one of the worker's own threads that a command carries, if it does. @throws SyntaxError, TypeError */
export function innerCommand({ method, params = {} }: Command): Command | undefined {
  return method === TO_THREAD && 'message' in params ? toCommand(String(params.message)) : undefined;
}

/** What goes to a thread of the worker's own is judged like what goes to its main thread. */
function innerRefusal(command: Command): string | undefined {
  try {
    const inner = innerCommand(command);
    if (inner === undefined) return undefined;
    if (inner.method === 'Debugger.setScriptSource' || inner.method === TO_THREAD) {
      return `${inner.method} is not passed on to threads: code is exchanged in the main thread alone`;
    }
    return refusal('debug', inner)?.message;
  } catch (problem) {
    return `${TO_THREAD}: its message is no command: ${messageOf(problem)}`;
  }
}
