import { TroupePromise } from '@troupe/ipc';
import { describe, expect, it, vi } from 'vitest';
import { calls, newProcess, startManager } from './helpers.ts';

const never = () => new Promise<never>(() => undefined);

describe('reading and writing', () => {
  it('reads in one process what another has set', async () => {
    const manager = await startManager();
    const [one, two] = [newProcess(manager).use('c'), newProcess(manager).use('c')];
    expect(await one.get('k')).toBeNull();
    expect(await one.set('k', { n: 1 })).toBe(true);
    expect(await two.get('k')).toEqual({ n: 1 });
    expect(await two.set('k', { n: 2 })).toBe(true);
    expect(await one.get('k')).toEqual({ n: 2 });
  });

  it.each([null, false, 0, '', Number.NaN])('takes %s for a value', async value => {
    const manager = await startManager();
    const cache = newProcess(manager).use('c');
    const loader = vi.fn(() => 'loaded' as unknown);
    await cache.set('k', value);
    expect(await cache.get('k', loader)).toBe(value);
    expect(await cache.get('k', loader)).toBe(value);
    expect(await cache.has('k')).toBe(true);
    expect(loader).not.toHaveBeenCalled();
  });

  it('carries what the codec carries', async () => {
    const manager = await startManager();
    const [one, two] = [newProcess(manager).use('c'), newProcess(manager).use('c')];
    const value = { at: new Date(5), map: new Map([[1, new Set(['x'])]]), bytes: Buffer.from([1, 2]), big: 12n ** 30n };
    await one.set('k', value);
    expect(await two.get('k')).toEqual(value);
    expect(await two.get('k')).toEqual(value);
  });

  it('deletes, and says what was there', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use('c');
    await cache.set('k', 1);
    expect(await cache.get('k')).toBe(1);
    expect(await cache.del('k')).toBe(1);
    expect(await cache.del('k')).toBeNull();
    expect(await cache.get('k')).toBeNull();
  });

  it('leaves what is there alone when it is told to', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use('c');
    expect(await cache.set('k', 1, { leaveIfNotNull: true })).toBe(true);
    expect(await cache.set('k', 2, { leaveIfNotNull: true })).toBe(false);
    expect(await cache.get('k')).toBe(1);
  });

  it('gives each reader a copy of his own, or one frozen object to all', async () => {
    const manager = await startManager();
    const here = newProcess(manager);
    const [own, shared] = [here.use<{ list: number[] }>('c'), here.use<{ list: number[] }>('c', { share: true })];
    await own.set('k', { list: [1] });
    for (let i = 0; i < 3; i++) {
      const value = await own.get('k');
      expect(value).toEqual({ list: [1] });
      value?.list.push(2);
    }
    await shared.get('k');
    const value = await shared.get('k');
    expect(await shared.get('k')).toBe(value);
    expect(() => value?.list.push(2)).toThrow(TypeError);
  });

  it('lists keys and entries, and empties itself', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use<number>('c');
    const keys = Array.from({ length: 2_500 }, (_, i) => `key ${i}`);
    await Promise.all(keys.map((key, i) => cache.set(key, i)));
    expect((await cache.keys()).sort()).toEqual([...keys].sort());
    expect(new Map(await cache.entries()).get('key 7')).toBe(7);
    await cache.destroy();
    expect(await cache.keys()).toEqual([]);
    expect(await cache.get('key 7')).toBeNull();
  });

  it('answers with promises that have otherwise and ensure', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use('c');
    const ensured = vi.fn();
    await cache.set('k', 1);
    for (let i = 0; i < 2; i++) {
      const chain = cache.get('k').then(value => value);
      expect(chain).toBeInstanceOf(TroupePromise);
      expect(await chain.ensure(ensured)).toBe(1);
    }
    expect(ensured).toHaveBeenCalledTimes(2);
    expect(await cache.get('x', () => Promise.reject(new Error('no'))).otherwise(({ message }) => message)).toBe('no');
  });

  it('tells caches of different names apart, and knows its own again', async () => {
    const manager = await startManager();
    const here = newProcess(manager);
    await here.use('a').set('k', 1);
    expect(await here.use('b').get('k')).toBeNull();
    expect(here.use('a')).toBe(here.use('a'));
    expect(await here.use('a').meta()).toMatchObject({ name: 'a', persist: false, timeout: 3_000 });
  });
});

describe('loading', () => {
  it('loads once for all who ask, in all processes', async () => {
    const manager = await startManager();
    const processes = Array.from({ length: 100 }, () => newProcess(manager).use('c'));
    const loader = vi.fn(async () => ({ n: 1 }));
    const values = await Promise.all(processes.flatMap(cache => [cache.get('k', loader), cache.get('k', loader)]));
    expect(loader).toHaveBeenCalledOnce();
    expect(values).toEqual(new Array(200).fill({ n: 1 }));
  });

  it('tells all who wait when it fails, and keeps nothing of it', async () => {
    const manager = await startManager();
    const [one, two] = [newProcess(manager).use('c'), newProcess(manager).use('c')];
    const fails = vi.fn(async () => {
      throw Object.assign(new RangeError('out of range'), { code: 'E_RANGE' });
    });
    const results = await Promise.allSettled([one.get('k', fails), two.get('k', fails), two.get('k', fails)]);
    for (const result of results) {
      const { reason } = result as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(RangeError);
      expect(reason).toMatchObject({ message: 'out of range', code: 'E_RANGE' });
    }
    expect(fails).toHaveBeenCalledOnce();
    expect(await two.get('k', () => 'well')).toBe('well');
  });

  it('says that a loader has returned undefined', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use('c');
    await expect(cache.get('k', () => undefined)).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_NO_VALUE' });
    expect(await cache.get('k', () => null)).toBeNull();
  });

  it('passes the load on when the process that has it goes away', async () => {
    const manager = await startManager();
    const [one, two] = [newProcess(manager), newProcess(manager)];
    const begun = calls(1, listener => {
      one
        .use('c')
        .get('k', async () => {
          listener();
          return never();
        })
        .catch(() => undefined);
    });
    await begun;
    const second = vi.fn(() => 2);
    const waits = two.use('c').get('k', second);
    expect(await two.use('c').has('k')).toBe(false);
    expect(second).not.toHaveBeenCalled();
    await one.close();
    expect(await waits).toBe(2);
  });

  it('limits how long a load may take', async () => {
    const manager = await startManager();
    const [one, two] = [newProcess(manager).use('c', { timeout: 60 }), newProcess(manager).use('c')];
    const loads = one.get('k', never, { wait: 4_000 });
    const waits = two.get('k', never);
    await expect(loads).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_LOAD_TIMEOUT' });
    await expect(waits).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_LOAD_TIMEOUT' });
  });

  it('goes on when the one who asked for it gives up', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use('c');
    let finish: (value: number) => void = () => undefined;
    const loader = () =>
      new Promise<number>(resolve => {
        finish = resolve;
      });
    await expect(cache.get('k', loader, { wait: 40 })).rejects.toMatchObject({
      code: 'TROUPE_ERR_CACHE_TIMEOUT',
      message: expect.stringContaining('its loader'),
    });
    const waits = newProcess(manager).use('c').get('k', never);
    finish(1);
    expect(await waits).toBe(1);
  });

  it('does not store what was loaded before a change', async () => {
    const manager = await startManager();
    const [one, two] = [newProcess(manager).use('c'), newProcess(manager).use('c')];
    let finish: (value: string) => void = () => undefined;
    const loads = calls(1, listener => {
      const first = () =>
        new Promise<string>(resolve => {
          finish = resolve;
          listener();
        });
      const loader = vi
        .fn(first)
        .mockImplementationOnce(first)
        .mockImplementation(async () => 'loaded anew');
      void one.get('k', loader).then(value => results.push(value));
    });
    const results: unknown[] = [];
    await loads;
    await two.set('k', 'set');
    finish('old');
    await vi.waitFor(() => expect(results).toEqual(['set']));
    expect(await two.get('k')).toBe('set');
  });

  it('serves what has expired while one process loads it anew', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use<number>('c', {
      expire: 30,
      staleWhileRevalidate: 5_000,
      near: { maxEntries: 0 },
    });
    await cache.set('k', 1);
    await vi.waitFor(async () => expect(await cache.get('k')).toBeNull());
    const loader = vi.fn(async () => 2);
    expect(await cache.get('k', loader, { expire: 0 })).toBe(1);
    await vi.waitFor(async () => expect(await cache.get('k', loader)).toBe(2));
    expect(loader).toHaveBeenCalledOnce();
  });

  it('loads anew before it expires, when it should', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use<number>('c', { expire: 60_000, earlyRefresh: 1e9 });
    const loader = vi.fn(async () => loader.mock.calls.length);
    expect(await cache.get('k', loader)).toBe(1);
    await vi.waitFor(async () => expect(await cache.get('k', loader)).toBeGreaterThan(1));
  });
});

describe('limits', () => {
  it('forgets what has expired, per cache and per set', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use<number>('c', { expire: 40 });
    await cache.set('short', 1);
    await cache.set('long', 2, { expire: 60_000 });
    const gone = calls(1, listener => cache.watch('short', listener));
    expect(await cache.get('short')).toBe(1);
    expect(await gone).toEqual([[undefined, 'short']]);
    expect(await cache.get('short')).toBeNull();
    expect(await cache.keys()).toEqual(['long']);
    expect((await cache.stat()).expiries).toBe(1);
  });

  it('makes room for new entries, the least recently used first', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use<number>('c', { maxEntries: 10, near: { maxEntries: 0 } });
    for (let i = 0; i < 10; i++) await cache.set(`k${i}`, i);
    await cache.get('k0');
    for (let i = 10; i < 15; i++) await cache.set(`k${i}`, i);
    expect((await cache.keys()).sort()).toEqual(['k0', 'k10', 'k11', 'k12', 'k13', 'k14', 'k6', 'k7', 'k8', 'k9']);
    expect(await cache.stat()).toMatchObject({ entries: 10, evictions: 5 });
  });

  it('keeps within its bytes', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use<string>('c', { maxBytes: 100_000 });
    for (let i = 0; i < 50; i++) await cache.set(`k${i}`, 'x'.repeat(10_000));
    const { bytes, entries } = await cache.stat();
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(entries).toBe(9);
  });

  it('counts', async () => {
    const manager = await startManager();
    const [one, two] = [newProcess(manager).use('c'), newProcess(manager).use('c')];
    await one.get('k', () => 1);
    for (let i = 0; i < 5; i++) await one.get('k');
    await two.get('k');
    await two.get('nothing');
    expect(await one.stat()).toMatchObject({
      entries: 1,
      hits: { near: 5, manager: 1 },
      misses: 2,
      loads: 1,
      coalesced: 0,
      errors: 0,
      processes: [{ pid: process.pid, hits: 5, entries: 1 }, { hits: 0 }],
    });
  });
});

describe('watching', () => {
  it('hears of changes in their order, in any process', async () => {
    const manager = await startManager();
    const [one, two] = [newProcess(manager).use<number>('c'), newProcess(manager).use<number>('c')];
    await two.set('k', 0);
    const ofKey = calls<[number | undefined, string]>(3, listener => one.watch('k', listener));
    const ofAll = calls<[number | undefined, string]>(4, listener => one.watch(null, listener));
    // Answered after the watch has arrived.
    await one.has('k');
    await two.set('k', 1);
    await two.set('other', 5);
    await two.set('k', 2);
    await two.del('k');
    expect(await ofKey).toEqual([
      [1, 'k'],
      [2, 'k'],
      [undefined, 'k'],
    ]);
    expect(await ofAll).toEqual([
      [1, 'k'],
      [5, 'other'],
      [2, 'k'],
      [undefined, 'k'],
    ]);
  });

  it('hears nothing more once it is told to stop', async () => {
    const manager = await startManager();
    const cache = newProcess(manager).use<number>('c');
    const [stopped, other] = [vi.fn(), vi.fn()];
    cache.watch('k', stopped);
    cache.watch('k', other);
    cache.unwatch('k', stopped);
    await cache.set('k', 1);
    await vi.waitFor(() => expect(other).toHaveBeenCalledOnce());
    expect(stopped).not.toHaveBeenCalled();
  });
});

describe('bad input', () => {
  it.each([
    ['a key that is no text', 'TROUPE_ERR_CACHE_BAD_ARGUMENT', { key: 5 }],
    ['a key that is half a character', 'TROUPE_ERR_CACHE_BAD_ARGUMENT', { key: '\ud800' }],
    ['a key of 70 kB', 'TROUPE_ERR_CACHE_BAD_ARGUMENT', { key: 'x'.repeat(70_000) }],
    ['undefined', 'TROUPE_ERR_CACHE_BAD_ARGUMENT', { value: undefined }],
    ['a function', 'TROUPE_ERR_CACHE_NOT_ENCODABLE', { value: () => 1 }],
    ['a value that contains itself', 'TROUPE_ERR_CACHE_NOT_ENCODABLE', { value: circle() }],
    ['a value of 100 MB', 'TROUPE_ERR_CACHE_TOO_LARGE', { value: Buffer.alloc(1e8) }],
    ['a negative wait', 'TROUPE_ERR_CACHE_BAD_ARGUMENT', { wait: -1 }],
    ['a wait that is no number', 'TROUPE_ERR_CACHE_BAD_ARGUMENT', { wait: '5' }],
    ['an expire that is no number', 'TROUPE_ERR_CACHE_BAD_ARGUMENT', { expire: Number.NaN }],
  ])('refuses %s at once, and goes on', async (_name, code, wrong) => {
    const manager = await startManager();
    const cache = newProcess(manager).use('c');
    const { key = 'k', value, ...options } = { value: 1, ...wrong } as { key: string; value: unknown };
    await expect(cache.set(key, value, options)).rejects.toMatchObject({ code });
    expect(await cache.set('fine', 1)).toBe(true);
    expect(await cache.keys()).toEqual(['fine']);
  });

  it('refuses options that make no sense', async () => {
    const manager = await startManager();
    const here = newProcess(manager);
    expect(() => here.use('c', { expire: -1 })).toThrow('expire');
    expect(() => here.use('c', { expires: 5 } as never)).toThrow("no option 'expires'");
    expect(() => here.use(7 as never)).toThrow('must be a string');
    await expect(here.use('c').get('k', 'loader' as never)).rejects.toThrow('must be a function');
  });
});

function circle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}
