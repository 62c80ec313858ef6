import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlain, parsePlain } from '../src/plain.ts';

describe('what JSON carries as it is', () => {
  it('is what comes back equal', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withSparseArray: true, withDate: true }), value => {
        if (isPlain(value)) expect(parsePlain(JSON.stringify(value))).toStrictEqual(value);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['text, numbers, booleans and null', ['\ud800', 1.5, true, null]],
    ['lists and objects of them', { list: [{ deep: [[]] }], 'a key': {} }],
  ])('are %s', (_what, value) => {
    expect(isPlain(value)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['an undefined property', { a: undefined }],
    ['a hole', new Array(1)],
    ['NaN', Number.NaN],
    ['-0', [-0]],
    ['a BigInt', 1n],
    ['a Date', new Date(0)],
    ['bytes', Buffer.from('x')],
    ['an Error', new Error('x')],
    ['an instance', new (class Thing {})()],
    ['an object that says how it becomes JSON', { toJSON: () => 1 }],
    ['the key __proto__', JSON.parse('{"__proto__": 1}')],
    ['a cycle', cycle()],
  ])('are not: %s', (_what, value) => {
    expect(isPlain(value)).toBe(false);
  });
});

it.each(['{"__proto__": {"polluted": true}}', '{"\\u005f_proto__": {"polluted": true}}'])(
  '%s of a peer reaches no prototype, even where somebody copies it',
  text => {
    const copy: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(parsePlain(text) as object)) copy[key] = value;
    expect(copy.polluted).toBeUndefined();
  },
);

function cycle(): object {
  const self: { self?: object } = {};
  self.self = self;
  return self;
}
