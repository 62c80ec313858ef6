import { type CacheSummary, IpcError, type MetricFamily, onReport } from '@troupe/ipc';
import { expect, it, onTestFinished } from 'vitest';
import { CacheCounts } from '../src/cache-counts.ts';

const NOTHING: Omit<CacheSummary, 'name'> = {
  persist: false,
  entries: 0,
  bytes: 0,
  hits: { near: 0, manager: 0 },
  misses: 0,
  loads: 0,
  coalesced: 0,
  evictions: 0,
  expiries: 0,
  errors: 0,
  processes: [],
};
const cache = (name: string, counted: Partial<CacheSummary>): CacheSummary => ({ ...NOTHING, name, ...counted });

/** A master whose cache manager tells what it is given; an error is one that is late, `null` that there is none. */
function master() {
  type Told = { manager: number; caches: CacheSummary[] } | null | Error;
  let next: Told = null;
  const timeouts: unknown[] = [];
  const request = async (to: unknown, name: string, _params: unknown, { timeout }: { timeout: number }) => {
    timeouts.push([to, name, timeout]);
    if (next instanceof Error) throw next;
    return next;
  };
  const counts = new CacheCounts({ request } as unknown as ConstructorParameters<typeof CacheCounts>[0]);
  const ask = async (told: Told) => {
    next = told;
    await counts.ask(100);
    return series(counts.families());
  };
  return { ask, timeouts };
}

/** What is not zero, without the prefix that all have. */
function series(families: readonly MetricFamily[]): Record<string, number> {
  const all = families.flatMap(({ name, values }) =>
    values.map(({ labels, value }) => [`${name.slice(13)} ${Object.values(labels).join(' ')}`, value] as const),
  );
  return Object.fromEntries(all.filter(([, value]) => value !== 0));
}

it('tells of each cache what it has and what it has counted', async () => {
  const { ask, timeouts } = master();
  const fruit = {
    ...{ entries: 1, bytes: 2, hits: { near: 3, manager: 4 }, misses: 5, loads: 6 },
    ...{ coalesced: 7, evictions: 8, expiries: 9, errors: 10 },
  };
  expect(await ask({ manager: 1, caches: [cache('fruit', fruit), cache('nuts', { entries: 11 })] })).toEqual({
    'entries fruit': 1,
    'entries nuts': 11,
    'bytes fruit': 2,
    'hits_total fruit near': 3,
    'hits_total fruit manager': 4,
    'misses_total fruit': 5,
    'loads_total fruit': 6,
    'coalesced_waits_total fruit': 7,
    'evictions_total fruit': 8,
    'expiries_total fruit': 9,
    'errors_total fruit': 10,
  });
  expect(timeouts).toEqual([['master', 'cache.counts', 100]]);
});

it('keeps what was counted when the manager dies and another begins at nothing; what it held is gone', async () => {
  const { ask } = master();
  const counted = { entries: 3, loads: 5, hits: { near: 1, manager: 0 } };
  await ask({ manager: 1, caches: [cache('fruit', counted)] });
  const kept = { 'loads_total fruit': 5, 'hits_total fruit near': 1 };
  expect(await ask(null), 'none runs').toEqual(kept);
  expect(await ask({ manager: 2, caches: [] }), 'nobody uses it yet').toEqual(kept);
  const again = { manager: 2, caches: [cache('fruit', { entries: 1, loads: 2 })] };
  expect(await ask(again)).toEqual({ ...kept, 'loads_total fruit': 7, 'entries fruit': 1 });
  expect(await ask(again), 'told twice').toEqual({ ...kept, 'loads_total fruit': 7, 'entries fruit': 1 });
  expect(await ask({ manager: 3, caches: [cache('fruit', { loads: 1 })] }), 'unseen in between').toEqual({
    ...kept,
    'loads_total fruit': 8,
  });
});

it('says what went wrong when it was not only that nobody answers', async () => {
  const reported: Error[] = [];
  onTestFinished(onReport(problem => reported.push(problem)));
  const { ask } = master();
  const noHandler = Object.assign(new Error('switched off'), { code: 'TROUPE_ERR_IPC_NO_HANDLER' });
  for (const usual of [new IpcError('TROUPE_ERR_IPC_NO_ANSWER', 'late'), noHandler]) await ask(usual);
  expect(reported).toEqual([]);
  const problem = new Error('a defect');
  expect(await ask(problem)).toEqual({});
  expect(reported).toEqual([problem]);
});

it('shows what a manager that is late has said last, and nothing where there never was one', async () => {
  const { ask } = master();
  expect(await ask(new IpcError('TROUPE_ERR_IPC_NO_ANSWER', 'no answer'))).toEqual({});
  expect(await ask(null)).toEqual({});
  const told = { 'loads_total fruit': 5 };
  expect(await ask({ manager: 1, caches: [cache('fruit', { loads: 5 })] })).toEqual(told);
  expect(await ask(new IpcError('TROUPE_ERR_IPC_NO_ANSWER', 'no answer'))).toEqual(told);
});
