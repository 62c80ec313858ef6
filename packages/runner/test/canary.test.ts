import { describe, expect, test } from 'vitest';
import { judge, type Observation } from '../src/canary/judge.ts';
import { Watch } from '../src/canary/watch.ts';

const MB = 2 ** 20;
const seen = (change: Partial<Observation>): Observation => ({
  requests: 1_000,
  errors: 0,
  durations: 5_000,
  heap: 30 * MB,
  ...change,
});

describe('judge', () => {
  test.each<[string, Partial<Observation>, Partial<Observation>]>([
    ['the same as before', {}, {}],
    ['nobody asked it anything', { requests: 0, durations: 0 }, {}],
    ['nobody asked anybody', { requests: 0, durations: 0 }, { requests: 0, durations: 0 }],
    ['one error among many requests', { errors: 1 }, {}],
    ['as many errors as before', { errors: 100 }, { errors: 95 }],
    ['all fails, as it did before', { errors: 1_000 }, { errors: 1_000 }],
    ['twice as slow, by little', { durations: 12_000 }, {}],
    ['slow, seen once', { requests: 1, durations: 9_000 }, {}],
    ['a greater heap, within what a start may need', { heap: 100 * MB }, {}],
    ['no old worker has answered', { heap: 900 * MB }, { requests: 0, durations: 0, heap: 0 }],
  ])('%s: nothing is wrong', (_, canary, old) => {
    expect(judge(seen(canary), seen(old))).toBeNull();
  });

  test.each<[string, Partial<Observation>, Partial<Observation>, RegExp]>([
    ['all fails', { errors: 1_000 }, {}, /^1000 of 1000 requests failed, in the old generation 0 of 1000 requests$/],
    ['its only request failed', { requests: 1, errors: 1 }, {}, /^1 of 1 requests failed/],
    ['it fails, and nobody asks the old ones', { requests: 9, errors: 9 }, { requests: 0 }, /^9 of 9 requests failed/],
    ['one in fifty fails', { errors: 20 }, { errors: 1 }, /^20 of 1000 requests failed/],
    ['slow', { durations: 200_000 }, {}, /^a request took 200 ms, in the old generation 5 ms$/],
    ['leaks', { heap: 300 * MB }, {}, /^its heap has grown to 300 MB, the greatest of the old generation is 30 MB$/],
  ])('%s: that is a problem', (_, canary, old, problem) => {
    expect(judge(seen(canary), seen(old))).toMatch(problem);
  });
});

/** The canary is 1, the old generation 2 and 3; each look at a worker brings the next line of its story, the last one for ever. */
async function watch(
  stories: Record<number, ('silent' | [requests: number, errors?: number, heap?: number])[]>,
  settings: { canary?: number; minRequests?: number; endAt?: number } = {},
) {
  const said: unknown[] = [];
  const asked = new Map<number, number>();
  let waited = 0;
  const { canary = 1_000, minRequests = 0, endAt = Number.POSITIVE_INFINITY } = settings;
  const subject: Watch = new Watch(
    {
      canary,
      minRequests,
      ask: async pid => {
        const story = stories[pid] ?? [];
        const line = story[Math.min(asked.get(pid) ?? 0, story.length - 1)];
        asked.set(pid, (asked.get(pid) ?? 0) + 1);
        if (!line || line === 'silent') throw new Error('no answer');
        const [transactions, errors = 0, heap = 30] = line;
        return { transactions, errors, durations: transactions, heap: heap * MB };
      },
      verdict: problem => said.push(problem),
      extended: requests => said.push(`extended after ${requests}`),
      wait: async ms => {
        waited += ms;
        if (waited >= endAt) subject.end();
      },
    },
    1,
    [2, 3],
  );
  await subject.run();
  return { said, waited, looks: asked };
}

describe('watch', () => {
  test('what is as good as the old generation is said to be so in the end, not before', async () => {
    const { said, waited, looks } = await watch({ 1: [[0], [10]], 2: [[50], [60]], 3: [[50], [60]] });
    expect(said).toEqual([null]);
    expect(waited).toBe(1_000);
    expect(looks.get(1)).toBe(11);
  });

  test('what is bad is said at the first look that shows it; what was before the watch does not count', async () => {
    const { said, waited } = await watch({
      1: [
        [7, 7],
        [7, 7],
        [17, 17],
      ],
      2: [[0], [90]],
      3: [[0], [10]],
    });
    expect(said).toEqual(['10 of 10 requests failed, in the old generation 0 of 100 requests']);
    expect(waited).toBe(200);
  });

  test('a heap counts by what collections do not get below', async () => {
    const sawtooth = await watch({
      1: [
        [0, 0, 30],
        [1, 0, 500],
        [2, 0, 40],
        [3, 0, 500],
        [4, 0, 500],
        [5, 0, 40],
      ],
      2: [[0]],
      3: [[0]],
    });
    expect(sawtooth.said).toEqual([null]);
    const leak = await watch({
      1: [
        [0, 0, 30],
        [1, 0, 300],
        [2, 0, 400],
        [3, 0, 500],
      ],
      2: [[0]],
      3: [[0]],
    });
    expect(leak.said).toEqual(['its heap has grown to 300 MB, the greatest of the old generation is 30 MB']);
  });

  test('too few requests are inconclusive: it is watched for as long again, until there are enough', async () => {
    const story: [number][] = Array.from({ length: 40 }, (_, index) => [index]);
    const { said, waited } = await watch({ 1: story, 2: [[0]], 3: [[0]] }, { minRequests: 25 });
    expect(said).toEqual(['extended after 10', 'extended after 20', null]);
    expect(waited).toBe(3_000);
  });

  test('a canary that never answers is never called good', async () => {
    const { said } = await watch({ 1: ['silent'], 2: [[0]], 3: [[0]] }, { endAt: 2_500 });
    expect(said).toEqual(['extended after 0', 'extended after 0']);
  });

  test('old workers that do not answer are left out', async () => {
    const { said } = await watch({ 1: [[0], [10, 5]], 2: ['silent'], 3: [[0], [100]] });
    expect(said).toEqual(['5 of 10 requests failed, in the old generation 0 of 100 requests']);
  });

  test('a watch that is ended says nothing more', async () => {
    const { said, waited } = await watch({ 1: [[0], [0], [9, 9]], 2: [[0]], 3: [[0]] }, { endAt: 200 });
    expect(said).toEqual([]);
    expect(waited).toBe(200);
  });
});
