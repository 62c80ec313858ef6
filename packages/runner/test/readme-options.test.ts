import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaults } from '../src/options/defaults.ts';
import { isGroup, listenTable, runTable, type Table } from '../src/options/schema.ts';

interface Row {
  path: string;
  default: string;
}

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
const working = rowsBelow('## Options\n');
const idle = rowsBelow('## Options without effect\n');

test('the README names every option, once', () => {
  const named = [...working, ...idle].map(({ path }) => path);
  expect(named.toSorted()).toEqual([...new Set([...paths(listenTable), ...paths(runTable)])].toSorted());
});

test('the README gives the defaults that are', () => {
  const { noWorkers: _ofThisMachine, ...settled } = defaults();
  const told = new Map([...working, ...idle].map(row => [row.path, row.default]));
  for (const [path, value] of values(settled)) {
    const [, given] = told.get(path)?.match(/^`(.*)`( m?s)?$/) ?? [];
    expect(given, `the default of ${path}`).toBe(String(value));
  }
});

/** The rows of the first table below a heading. */
function rowsBelow(heading: string): Row[] {
  const [, section = ''] = readme.split(heading);
  const [table = ''] = section.match(/(^\|.*\n)+/m) ?? [];
  return [...table.matchAll(/^\| *`([^`]+)` *\| *(.*?) *\|/gm)].map(([, path = '', value = '']) => ({
    path,
    default: value,
  }));
}

/** Groups that can be switched are options themselves. */
function paths(table: Table, prefix = ''): string[] {
  return Object.entries(table).flatMap(([key, entry]) => {
    if (!isGroup(entry)) return [prefix + key];
    return [...(entry.switchable ? [prefix + key] : []), ...paths(entry.entries, `${prefix}${key}.`)];
  });
}

function values(group: object, prefix = ''): [string, unknown][] {
  return Object.entries(group).flatMap(([key, value]) =>
    typeof value === 'object' ? values(value, `${prefix}${key}.`) : [[prefix + key, value] as [string, unknown]],
  );
}
