import { type Frame, FrameReader } from '@troupe/ipc/transport';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kind, LAST_KIND, MAX_FRAME, type Message } from '../src/protocol.ts';
import { asStored, keep } from '../src/stored.ts';
import { decodeValue, encodeValue } from '../src/values.ts';
import { encodeMessage, readMessage } from '../src/wire.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const amount = fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true });
const key = fc.oneof(fc.string(), fc.string({ unit: 'grapheme', maxLength: 100 }));
const messages: fc.Arbitrary<Message> = fc.record({
  kind: fc.constantFrom(...Object.values(Kind)),
  id: u32,
  cache: u32,
  flags: fc.nat(255),
  token: fc.option(amount, { nil: undefined }),
  expire: fc.option(amount, { nil: undefined }),
  cost: fc.option(amount, { nil: undefined }),
  key: fc.option(key, { nil: undefined }),
  value: fc.option(
    fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
    { nil: undefined },
  ),
});

/** What arrives, with values as bytes. */
function read(bytes: Buffer): Message[] {
  const found: Message[] = [];
  const take = (frame: Frame) => {
    const message = readMessage(frame);
    const { value } = message;
    found.push({
      ...message,
      value: typeof value === 'string' ? Buffer.from(value, 'latin1') : value && Buffer.from(value),
    });
  };
  const problem = (what: string) => {
    throw new Error(what);
  };
  new FrameReader(MAX_FRAME, { frame: take, malformed: problem }, LAST_KIND).push(bytes);
  return found;
}

describe('messages', () => {
  it('arrive as they were sent', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 5 }), sent => {
        const found = read(Buffer.concat(sent.map(encodeMessage)));
        expect(found).toEqual(sent.map(message => ({ ...message, keys: undefined })));
      }),
    );
  });

  it('carry many keys', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 600 }), keys => {
        const [found] = read(encodeMessage({ kind: Kind.recall, id: 0, cache: 3, flags: 0, token: 9, keys }));
        expect(found).toMatchObject({ token: 9, cache: 3, keys });
      }),
      { numRuns: 30 },
    );
  });

  it.each(['', 'short', 'x'.repeat(5_000), 'ü'.repeat(40), 'ключ '.repeat(7_000)])(
    'carry long keys and those of other scripts, %#',
    text => {
      const [found] = read(encodeMessage({ kind: Kind.get, id: 1, cache: 1, flags: 0, key: text }));
      expect(found?.key).toBe(text);
    },
  );
});

describe('values', () => {
  it('are what they were, whether they are kept as text or as bytes', () => {
    // msgpack has one zero.
    const number = fc.double().map(each => each + 0);
    const value = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.jsonValue(), number, fc.bigInt());
    fc.assert(
      fc.property(value, each => {
        const stored = keep(encodeValue(each, 'k'));
        expect(decodeValue(stored)).toEqual(each);
        expect(decodeValue(typeof stored === 'string' ? Buffer.from(stored, 'latin1') : stored)).toEqual(each);
      }),
    );
  });

  it('a text of ASCII is its own bytes, but not one that could be taken for bytes of the codec', () => {
    expect(asStored('text')).toBe('text');
    for (const text of ['', '\0', '\x01text', '\x1f', 'grün', '日本', '\ud800', 'x'.repeat(20_000)]) {
      expect(asStored(text)).toBeUndefined();
      if (!/\p{Surrogate}/u.test(text)) expect(decodeValue(keep(encodeValue(text, 'k')))).toBe(text);
    }
  });
});
