import { describe, expect, test } from 'vitest';
import { editedFunctions } from '../src/debugger/edited-functions.ts';

const edited = (before: string, after: string, isModule = false) => {
  const { functions, topLevel } = editedFunctions(before, after, isModule) ?? {};
  return { texts: [...(functions?.keys() ?? [])], names: [...(functions?.values() ?? [])], topLevel };
};

describe('functions that have changed, as toString() shows them', () => {
  test.each([
    ['a declaration', 'function f() { return 1; }', 'function f() { return 1; }', 'f'],
    ['an assignment', 'exports.g = function () { return 1; };', 'function () { return 1; }', 'g'],
    ['a variable', 'const h = async () => 1;', 'async () => 1', 'h'],
    ['a method of an object', 'const o = { m() { return 1; } };', 'm() { return 1; }', 'm'],
    ['a method of a class', 'class A { m() { return 1; } }', 'm() { return 1; }', 'm'],
    ['a static one', 'class A { static m() { return 1; } }', 'm() { return 1; }', 'm'],
    ['a private one', 'class A { #m() { return 1; } }', '#m() { return 1; }', 'm'],
    ['a getter', 'class A { get m() { return 1; } }', 'get m() { return 1; }', 'm'],
    ['a constructor', 'class A { constructor() { this.x = 1; } }', 'class A { constructor() { this.x = 1; } }', 'A'],
    ['an argument', 'use(() => 1)', '() => 1', 'a function in line 1'],
    ['a default', 'const k = (a = 1) => a;', '(a = 1) => a', 'k'],
  ])('%s', (_what, before, text, name) => {
    expect(edited(before, before.replace('1', '2'))).toEqual({ texts: [text], names: [name], topLevel: false });
  });

  test('the one around it has changed, too', () => {
    const { names } = edited('function outer() { return () => 1; }', 'function outer() { return () => 2; }');
    expect(names).toEqual(['outer', 'a function in line 1']);
  });

  test('what runs for each object is no code of the top', () => {
    expect(edited('class A { x = 1; }', 'class A { x = 2; }')).toEqual({ texts: [], names: [], topLevel: false });
  });
});

describe('code of the top, which does not run again', () => {
  test.each([
    ['a constant', 'const a = 1;', 'const a = 2;'],
    ['an argument', 'use("/", () => 1)', 'use("/a", () => 1)'],
    ['one function more', 'use(() => 1)', 'use(() => 1); function help() {}'],
    ['a method more', 'class A { m() {} }', 'class A { m() {} n() {} }'],
    ['a static field', 'class A { static x = 1; }', 'class A { static x = 2; }'],
    ['a static block', 'class A { static { run(1); } }', 'class A { static { run(2); } }'],
    ['an import', 'import a from "a";', 'import a from "b";', true],
  ])('%s', (_what, before, after, isModule = false) => {
    expect(edited(before, after, isModule).topLevel).toBe(true);
  });

  test.each([
    ['space', 'const a = 1; f( a )', 'const a=1;\nf(a)'],
    ['comments', '// one\nconst a = 1;', '/* two */ const a = 1;'],
    ['what is in functions', 'function f() { const a = 1; }', 'function f() { const b = 2; }'],
  ])('%s: no', (_what, before, after) => {
    expect(edited(before, after).topLevel).toBe(false);
  });
});

test('CommonJS may return, and begin with a hashbang', () => {
  expect(editedFunctions('#!/usr/bin/env node\nreturn 1', '#!/usr/bin/env node\nreturn 2', false)?.topLevel).toBe(true);
});

test('what cannot be read tells nothing', () => {
  expect(editedFunctions('const a = 1;', 'const a = ;', false)).toBeUndefined();
  expect(editedFunctions('1;'.repeat(300_000), '', false)).toBeUndefined();
});
