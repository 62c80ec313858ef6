import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeBlocks } from '../../../test/harness/markdown.ts';
import { NEXT_PHASES, NEXT_STATES } from '../src/supervisor/draft.ts';

const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'lifecycle.md');

/** The arrows of a Mermaid state diagram; `[*]` is where it begins and ends. */
const arrows = (diagram: string) =>
  [...diagram.matchAll(/^ *(\S+) --> ([^\s:]+)/gm)].map(([, from, to]) => `${from} to ${to}`).sort();

const transitions = (next: Record<string, readonly string[]>, ends: readonly string[]) =>
  [
    `[*] to ${Object.keys(next)[0]}`,
    ...Object.entries(next).flatMap(([from, those]) => those.map(to => `${from} to ${to}`)),
    ...ends.map(end => `${end} to [*]`),
  ].sort();

test('docs/lifecycle.md draws the transitions of workers and of the cluster, and no others', async () => {
  const [ofWorkers = '', ofCluster = ''] = await codeBlocks(page, 'mermaid');
  expect(arrows(ofWorkers)).toEqual(transitions(NEXT_STATES, Object.keys(NEXT_STATES)));
  expect(arrows(ofCluster)).toEqual(transitions(NEXT_PHASES, ['stopped']));
});
