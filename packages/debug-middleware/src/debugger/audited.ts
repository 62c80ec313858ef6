import type { Command } from '../inspector/messages.ts';
import { innerCommand } from './capabilities.ts';

/** Characters of code in a line of the log. */
const MOST_CODE = 200;

/** The argument of each method that V8 runs as code, or changes the program by. */
const CODE: Readonly<Record<string, string>> = {
  'Runtime.evaluate': 'expression',
  'Runtime.callFunctionOn': 'functionDeclaration',
  'Runtime.compileScript': 'expression',
  'Runtime.runScript': 'scriptId',
  'Debugger.evaluateOnCallFrame': 'expression',
  'Debugger.setBreakpoint': 'condition',
  'Debugger.setBreakpointByUrl': 'condition',
  'Debugger.setBreakpointOnFunctionCall': 'condition',
  'Debugger.setReturnValue': 'newValue',
  'Debugger.setVariableValue': 'newValue',
};

/** V8 ends the tracking of allocations with a snapshot, too. */
const SNAPSHOTS: ReadonlySet<string> = new Set([
  'HeapProfiler.takeHeapSnapshot',
  'HeapProfiler.startTrackingHeapObjects',
  'HeapProfiler.stopTrackingHeapObjects',
]);

/** Whether a command stops its worker for a heap snapshot, or begins what ends with one. */
export function takesSnapshot(command: Command): boolean {
  return SNAPSHOTS.has((innerCommand(command) ?? command).method);
}

/**
 * Has one line written for each command that runs code, changes it, or takes memory away. What V8 keeps from having effects
 * is none: DevTools asks so again and again, for its previews.
 */
export function auditCommand(
  command: Command,
  audit: (action: string, details?: Record<string, unknown>) => void,
): void {
  const { method, params = {} } = innerCommand(command) ?? command;
  if (method === 'Debugger.setScriptSource') return audit('debug edit', { script: Reflect.get(params, 'scriptId') });
  if (takesSnapshot(command)) return audit('debug snapshot', { method });
  const code = CODE[method];
  const given = code === undefined ? undefined : Reflect.get(params, code);
  if (given === undefined || given === '' || Reflect.get(params, 'throwOnSideEffect') === true) return;
  audit('debug evaluate', { method, code: asText(given).slice(0, MOST_CODE) });
}

const asText = (given: unknown): string => (typeof given === 'string' ? given : (JSON.stringify(given) ?? ''));
