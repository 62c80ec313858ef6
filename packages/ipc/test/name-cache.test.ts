import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NameCache } from '../src/name-cache.ts';

it('the cache of names reads what is there, whatever was read before', () => {
  const cache = new NameCache();
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.constantFrom('heartbeat', 'markUp', ''),
          fc.string({ unit: 'binary' }),
          fc.string({ minLength: 60, maxLength: 70 }),
        ),
      ),
      names => {
        for (const name of names) {
          const bytes = Buffer.from(`xx${name}yy`);
          expect(cache.read(bytes, 2, bytes.length - 2)).toBe(name);
        }
      },
    ),
  );
});
