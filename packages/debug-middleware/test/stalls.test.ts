import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CpuProfile, timesOf } from '../src/inspector/stalls/cpu-profile.ts';
import { cutToStalls } from '../src/inspector/stalls/cut.ts';
import { findStalls } from '../src/inspector/stalls/find-stalls.ts';
import { OriginalPlaces } from '../src/inspector/stalls/original-place.ts';

const frame = (functionName: string, url = '') => ({
  functionName,
  scriptId: url,
  url,
  lineNumber: 0,
  columnNumber: 0,
});

/** (root) → (idle) | (program) | listOnTimeout → hold → now | parse */
const NODES = [
  { id: 1, callFrame: frame('(root)'), children: [2, 3, 4] },
  { id: 2, callFrame: frame('(idle)') },
  { id: 3, callFrame: frame('(program)') },
  { id: 4, callFrame: frame('listOnTimeout', 'node:internal/timers'), children: [5] },
  { id: 5, callFrame: frame('hold', 'file:///app/hold.js'), children: [6, 7] },
  { id: 6, callFrame: frame('now', 'node:internal/perf') },
  { id: 7, callFrame: frame('parse', 'file:///app/node_modules/parser/index.js') },
];

/** One sample a ms, from 1 ms on; a letter for each. */
function profileOf(samples: string): CpuProfile {
  const ids: Record<string, number> = { '.': 2, p: 3, t: 4, h: 5, n: 6, m: 7 };
  return {
    nodes: NODES,
    startTime: 0,
    endTime: samples.length * 1_000,
    samples: [...samples].map(letter => ids[letter] ?? 0),
    timeDeltas: [...samples].map(() => 1_000),
  };
}

const stallsOf = (samples: string, from: number, to: number, lasts = false) =>
  findStalls(profileOf(samples), [{ from: from * 1_000, to: to * 1_000, lasts }], 3_000);

describe('what held the loop', () => {
  test('the application’s function, whatever it called', () => {
    const [stall] = stallsOf('....hnnnhn....', 4, 10);
    expect(stall?.by?.functionName).toBe('hold');
    expect(stall?.stack.map(({ functionName }) => functionName)).toEqual(['now', 'hold', 'listOnTimeout']);
    expect(stall).toMatchObject({ from: 4_000, to: 10_000, lasts: false, samples: [4, 10] });
  });

  test('it began when the loop last waited, which was after it last turned', () => {
    expect(stallsOf('......hhhh..', 2, 10)).toMatchObject([{ from: 6_000, to: 10_000 }]);
  });

  test('a loop that waited was not held: the process had no processor', () => {
    expect(stallsOf('............', 2, 10)).toEqual([]);
    expect(stallsOf('hhhh........', 0, 10)).toEqual([]);
  });

  test('what a package does is the doing of whoever called it', () => {
    expect(stallsOf('mmmmmmmm', 0, 8)[0]?.by?.functionName).toBe('hold');
  });

  test('Node’s own, where there is nothing else', () => {
    expect(stallsOf('tttttttt', 0, 8)[0]?.by?.functionName).toBe('listOnTimeout');
    expect(stallsOf('pppppppp', 0, 8)[0]?.by?.functionName).toBe('(program)');
  });

  test('nothing was seen: the process stood still', () => {
    const profile = profileOf('..');
    expect(findStalls(profile, [{ from: 5_000, to: 90_000 }], 3_000)).toMatchObject([{ stack: [], samples: [2, 2] }]);
    expect(findStalls(profile, [{ from: 5_000, to: 90_000 }], 3_000)[0]).not.toHaveProperty('by');
  });

  test('what it was asked for wins: the profiler does not know a loop that was optimized before it came', () => {
    const stack = (...names: string[]) =>
      names.map(name => frame(name, name === 'emit' ? 'node:events' : 'file:///app/a.js'));
    const stacks = [stack('one', 'loop', 'emit'), stack('two', 'loop', 'emit'), stack('end', 'emit')];
    const [stall] = findStalls(profileOf('tttttttt'), [{ from: 0, to: 8_000, stacks }], 3_000);
    expect(stall).toMatchObject({ by: { functionName: 'loop' }, share: 2 / 3 });
    expect(stall?.stack.map(({ functionName }) => functionName)).toEqual(['loop', 'emit']);
  });

  test('several, and the last one lasts', () => {
    const silences = [
      { from: 1_000, to: 6_000 },
      { from: 8_000, to: 14_000, lasts: true },
    ];
    const stalls = findStalls(profileOf('.hhhhh..hhhhhh'), silences, 3_000);
    expect(stalls.map(({ samples, lasts }) => [samples, lasts])).toEqual([
      [[1, 6], false],
      [[8, 14], true],
    ]);
  });
});

describe('the profile that holds them and nothing else', () => {
  test('keeps the times, and is idle between', () => {
    const profile = profileOf('.ttthhhh.tt.');
    const cut = cutToStalls(profile, findStalls(profile, [{ from: 1_000, to: 8_000 }], 3_000));
    expect(cut.samples).toEqual([2, 4, 4, 4, 5, 5, 5, 5, 2]);
    expect(cut.timeDeltas).toEqual(Array(9).fill(1_000));
    expect(cut.nodes.map(({ id, hitCount }) => [id, hitCount])).toEqual([
      [1, 0],
      [2, 2],
      [4, 3],
      [5, 4],
    ]);
  });

  test('is idle from the end of one to the beginning of the next: DevTools shows a sample until the next one', () => {
    const profile = profileOf('.hhhh.tt.hhhh..');
    const silences = [
      { from: 1_000, to: 5_000 },
      { from: 9_000, to: 13_000 },
    ];
    const cut = cutToStalls(profile, findStalls(profile, silences, 3_000));
    expect(cut.samples).toEqual([2, 5, 5, 5, 5, 2, 5, 5, 5, 5, 2]);
    expect(timesOf(cut).map(time => time / 1_000)).toEqual([1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14]);
  });

  test('of a program that was never idle', () => {
    const profile = { ...profileOf('tthhhh'), nodes: NODES.filter(({ id }) => id !== 2) };
    const cut = cutToStalls(profile, []);
    const idle = cut.nodes.find(({ callFrame }) => callFrame.functionName === '(idle)');
    expect(cut.samples).toEqual([idle?.id]);
    expect(cut.nodes[0]?.children).toEqual([idle?.id]);
  });
});

describe('where it is written', () => {
  // One line, whose column 4 is line 3, column 2 of a.ts.
  const map = { version: 3, sources: ['../src/a.ts'], names: [], mappings: 'IAEE' };
  const at = { functionName: 'f', scriptId: '1', lineNumber: 0, columnNumber: 4 };

  async function script(text: string): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'troupe-places-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    await writeFile(join(directory, 'a.js'), text);
    await writeFile(join(directory, 'a.js.map'), JSON.stringify(map));
    return join(directory, 'a.js');
  }
  const places = new OriginalPlaces(async () => undefined);

  test('in the source that its map names', async () => {
    const file = await script('code()\n//# sourceMappingURL=a.js.map\n');
    const found = await places.of({ ...at, url: pathToFileURL(file).href });
    expect(found).toEqual({ file: join(file, '../../src/a.ts'), line: 3, column: 3 });
  });

  test('the map may be in the script', async () => {
    const data = Buffer.from(JSON.stringify(map)).toString('base64');
    const file = await script(`code()\n//# sourceMappingURL=data:application/json;base64,${data}`);
    const found = await new OriginalPlaces(async () => undefined).of({ ...at, url: pathToFileURL(file).href });
    expect(found).toMatchObject({ line: 3 });
  });

  test('of TypeScript that was made into JavaScript on the way, V8 knows it', async () => {
    const data = `data:application/json,${encodeURIComponent(JSON.stringify(map))}`;
    const found = await new OriginalPlaces(async () => data).of({ ...at, url: 'file:///app/dist/a.ts' });
    expect(found).toEqual({ file: '/app/src/a.ts', line: 3, column: 3 });
  });

  test('without a map, or with a broken one, in the script', async () => {
    const file = await script('code()\n//# sourceMappingURL=gone.js.map\n');
    const found = await new OriginalPlaces(async () => undefined).of({ ...at, url: pathToFileURL(file).href });
    expect(found).toEqual({ file, line: 1, column: 5 });
    expect(await places.of({ ...at, scriptId: '2', url: 'node:fs' })).toEqual({ file: 'node:fs', line: 1, column: 5 });
    expect(await places.of({ ...at, url: '' })).toBeUndefined();
  });
});
