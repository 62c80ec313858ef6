import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NameCache } from '../src/name-cache.ts';

it('the cache of names reads what is there, whatever was read before', () => {
  const cache = new NameCache(16);
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          // The bytes of one of these are the characters of another.
          fc.constantFrom('heartbeat', 'markUp', '', 'é', 'Ã©'),
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

it('bytes that are no text are not taken for one that has them as characters', () => {
  const cache = new NameCache(1);
  for (const name of ['é', '\u00ff\u00fe']) {
    cache.read(Buffer.from(name), 0, Buffer.byteLength(name));
    expect(cache.read(Buffer.from(name, 'latin1'), 0, name.length)).toBe('\ufffd'.repeat(name.length));
  }
});
