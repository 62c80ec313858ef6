import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Entries } from '../src/manager/entries.ts';
import { ShardedMap } from '../src/manager/sharded-map.ts';

const keys = Array.from({ length: 30 }, (_, i) => `key ${i}`);
const action = fc.record({
  what: fc.constantFrom('get', 'set', 'delete'),
  key: fc.constantFrom(...keys).map(key => `${key.slice(0, 3)}${key.slice(3)}`),
});

describe('the map in shards', () => {
  it('is a map, whatever was looked up before', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), actions => {
        const map = new ShardedMap<number>();
        const model = new Map<string, number>();
        for (const [i, { what, key }] of actions.entries()) {
          if (what === 'set') {
            map.set(key, i);
            model.set(key, i);
          } else if (what === 'delete') expect(map.delete(key)).toBe(model.delete(key));
          expect(map.get(key)).toBe(model.get(key));
          expect(map.size).toBe(model.size);
        }
        expect([...map.values()].sort()).toEqual([...model.values()].sort());
      }),
    );
  });
});

describe('entries', () => {
  it('those that were not used for longest go first', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), actions => {
        const limits = { maxEntries: 8, maxBytes: 1e9, staleWhileRevalidate: 0 };
        const entries = new Entries(limits);
        /** In the order of use. */
        let model: string[] = [];
        for (const { what, key } of actions) {
          const isThere = model.includes(key);
          if (what !== 'get' || isThere) model = model.filter(each => each !== key);
          if (what === 'set') entries.put(key, { value: 'v', expiresAt: 0, cost: 0 });
          else if (what === 'delete') entries.remove(key);
          const entry = entries.get(key, 0);
          if (what === 'get' && entry !== undefined) entries.touch(entry);
          if (what === 'set' || (what === 'get' && isThere)) model.push(key);
          for (let old = entries.excess(() => false); old !== undefined; old = entries.excess(() => false)) {
            expect(old.key).toBe(model.shift());
            entries.remove(old.key);
          }
          expect(entries.isFull).toBe(false);
          expect(entries.count).toBe(model.length);
        }
      }),
    );
  });
});
