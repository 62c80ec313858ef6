import { describe, expect, test } from 'vitest';
import { refusal } from '../src/debugger/capabilities.ts';

const may = (capability: 'profile' | 'logpoint' | 'debug', method: string, params?: object) =>
  refusal(capability, params ? { id: 1, method, params } : { id: 1, method }) === undefined;

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
