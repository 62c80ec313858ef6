import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Writes } from '../src/client/writes.ts';

it('knows of each key for as long as one of its writes is under way', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c'), begins: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const writes = new Writes();
      const counts = new Map<string, number>();
      for (const { key, begins } of steps) {
        const count = counts.get(key) ?? 0;
        if (!begins && count === 0) continue;
        counts.set(key, count + (begins ? 1 : -1));
        if (begins) writes.begin(key);
        else writes.end(key);
        for (const each of 'abc') expect(writes.has(each)).toBe((counts.get(each) ?? 0) > 0);
      }
    }),
  );
});
