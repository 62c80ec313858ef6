import { describe, expect, test } from 'vitest';
import { auditCommand, takesSnapshot } from '../src/debugger/audited.ts';
import { type Capability, refusal } from '../src/debugger/capabilities.ts';

const why = (capability: Capability, method: string, params?: object) =>
  refusal(capability, params ? { id: 1, method, params } : { id: 1, method });
const may = (capability: Capability, method: string, params?: object) => why(capability, method, params) === undefined;

describe('what a session may do', () => {
  test.each([
    ['Profiler.start', true, true, true],
    ['HeapProfiler.startSampling', true, true, true],
    ['Runtime.enable', false, false, true],
    ['Debugger.getScriptSource', false, true, true],
    ['Debugger.pause', false, false, true],
    ['Debugger.evaluateOnCallFrame', false, false, true],
    ['Runtime.evaluate', false, false, true],
    ['HeapProfiler.takeHeapSnapshot', false, false, true],
    ['Debugger.setScriptSource', false, false, true],
    ['Runtime.callFunctionOn', false, false, true],
    ['Page.navigate', false, false, false],
    ['__proto__.x', false, false, false],
  ])('%s', (method, profile, logpoint, debug) => {
    expect([may('profile', method), may('logpoint', method), may('debug', method)]).toEqual([profile, logpoint, debug]);
    expect(may('view', method)).toBe(false);
  });

  test.each([
    ['console.log("came by"), false', true],
    ["/** DEVTOOLS_LOGPOINT */ console.log('came by')\n\n//# sourceURL=debugger://logpoint", true],
    ['console.log("came by")', true],
    ['console.log(secret), false', false],
    ['console.log(`came by`), false', false],
    ['console.log("a" + secret), false', false],
    ['console.log("\\u0022, secret"), false', false],
    ['console.log("a"), true', false],
    ['console.log("a"); steal(); false', false],
    ['console.log("a"), false // ', false],
    ['', false],
  ])('a session that may only log sets a breakpoint with the condition %s: %s', (condition, allowed) => {
    expect(may('logpoint', 'Debugger.setBreakpointByUrl', { lineNumber: 0, condition })).toBe(allowed);
    expect(may('debug', 'Debugger.setBreakpointByUrl', { lineNumber: 0, condition })).toBe(true);
  });
});

describe('arguments', () => {
  test.each<[Capability, string, object | undefined, boolean]>([
    ['profile', 'Profiler.setSamplingInterval', { interval: 1_000 }, true],
    ['profile', 'Profiler.setSamplingInterval', { interval: 1 }, false],
    ['profile', 'Profiler.setSamplingInterval', { interval: '1000' }, false],
    ['profile', 'Profiler.start', {}, true],
    ['profile', 'Profiler.start', { new: 'argument' }, false],
    ['profile', 'Profiler.start', JSON.parse('{"__proto__": {}}'), false],
    ['profile', 'HeapProfiler.startSampling', { samplingInterval: 32_768 }, true],
    ['profile', 'HeapProfiler.startSampling', { samplingInterval: 1 }, false],
    ['logpoint', 'Debugger.getScriptSource', { scriptId: '7' }, true],
    ['logpoint', 'Debugger.getScriptSource', { scriptId: { toString: 'x' } }, false],
    ['logpoint', 'Debugger.getPossibleBreakpoints', { start: { scriptId: '7', lineNumber: 0 } }, true],
    ['logpoint', 'Debugger.getPossibleBreakpoints', { start: { scriptId: '7', lineNumber: 0, code: 'x' } }, false],
    ['logpoint', 'Debugger.setBlackboxPatterns', { patterns: ['node_modules'] }, true],
    ['logpoint', 'Debugger.setBlackboxPatterns', { patterns: [1] }, false],
    ['logpoint', 'Debugger.setBreakpointByUrl', { lineNumber: 0 }, false],
    ['logpoint', 'Debugger.setBreakpointByUrl', { lineNumber: 0, condition: 'console.log("x")', code: '1' }, false],
    ['debug', 'Debugger.setBreakpointByUrl', { lineNumber: 0 }, true],
    ['debug', 'Runtime.evaluate', { expression: 'anything()' }, true],
  ])('%s: %s %j: %s', (capability, method, params, allowed) => {
    expect(may(capability, method, params)).toBe(allowed);
  });

  test('a refusal says what it is about', () => {
    expect(why('profile', 'Profiler.start', { preciseness: 1 })).toEqual({
      code: -32_602,
      message:
        'Profiler.start: the argument "preciseness" is not allowed with this value in a session that runs no code',
    });
    expect(why('debug', `${'x'.repeat(500)}.y`)?.message.length).toBeLessThan(150);
  });

  test.each([
    ['{"id":1,"method":"Runtime.evaluate","params":{"expression":"1"}}', undefined],
    ['{"id":1,"method":"Browser.close"}', "'Browser.close' wasn't found"],
    ['{"id":1,"method":"Debugger.setScriptSource"}', 'Debugger.setScriptSource is not passed on to threads'],
    ['{"id":1,"method":"NodeWorker.sendMessageToWorker"}', 'NodeWorker.sendMessageToWorker is not passed on'],
    ['no JSON', 'its message is no command'],
  ])('what a command carries to a thread of the worker is judged, too: %s', (message, said) => {
    const refused = why('debug', 'NodeWorker.sendMessageToWorker', { sessionId: '1', message });
    if (said === undefined) expect(refused).toBeUndefined();
    else expect(refused?.message).toContain(said);
  });
});

describe('what is audited', () => {
  const toThread = (method: string, params: object) => ({
    method: 'NodeWorker.sendMessageToWorker',
    params: { sessionId: '1', message: JSON.stringify({ id: 1, method, params }) },
  });
  test.each([
    [{ method: 'Runtime.evaluate', params: { expression: 'x()' } }, 'debug evaluate', 'x()'],
    [{ method: 'Runtime.runScript', params: { scriptId: '7' } }, 'debug evaluate', '7'],
    [{ method: 'Debugger.setBreakpointByUrl', params: { lineNumber: 0, condition: 'x()' } }, 'debug evaluate', 'x()'],
    [{ method: 'Debugger.setVariableValue', params: { newValue: { value: 1 } } }, 'debug evaluate', '{"value":1}'],
    [toThread('Runtime.evaluate', { expression: 'y()' }), 'debug evaluate', 'y()'],
    [{ method: 'Debugger.setScriptSource', params: { scriptId: '7' } }, 'debug edit', undefined],
    [{ method: 'HeapProfiler.takeHeapSnapshot' }, 'debug snapshot', undefined],
    [{ method: 'HeapProfiler.stopTrackingHeapObjects' }, 'debug snapshot', undefined],
  ])('%j: %s', (command, action, code) => {
    const lines: [string, unknown][] = [];
    auditCommand({ id: 1, ...command }, (what, details) => lines.push([what, details?.code]));
    expect(lines).toEqual([[action, code]]);
  });

  test.each([
    { method: 'Runtime.evaluate', params: { expression: 'x', throwOnSideEffect: true } },
    { method: 'Debugger.setBreakpointByUrl', params: { lineNumber: 0, condition: '' } },
    { method: 'Debugger.resume' },
  ])('not %j', command => {
    auditCommand({ id: 1, ...command }, action => expect.unreachable(action));
  });

  test('whatever ends with a heap snapshot counts as one', () => {
    expect(takesSnapshot({ id: 1, method: 'HeapProfiler.startTrackingHeapObjects' })).toBe(true);
    expect(takesSnapshot({ id: 1, ...toThread('HeapProfiler.takeHeapSnapshot', {}) })).toBe(true);
    expect(takesSnapshot({ id: 1, method: 'HeapProfiler.startSampling' })).toBe(false);
  });
});
