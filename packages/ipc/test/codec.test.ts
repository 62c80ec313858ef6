import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { decode, encode } from '../src/codec.ts';

function carry(value: unknown): unknown {
  const bytes = encode(value, 'a test value');
  return decode(bytes, 0, bytes.length);
}

const key = fc.string().filter(each => each !== '__proto__');
const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true }).map(each => each + 0),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.date(),
  fc.uint8Array().map(bytes => Buffer.from(bytes)),
  fc.float32Array(),
  fc.bigUint64Array(),
);
const { value: anything } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, tie('value')).map(each => ({ ...each })),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map(entries => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map(entries => new Set(entries)),
  ),
}));

describe('codec', () => {
  it('carries JSON values, undefined, BigInt, Date, Map, Set, Buffer and typed arrays', () => {
    fc.assert(
      fc.property(anything, value => {
        expect(carry(value)).toStrictEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it('carries lists of like objects, long and short', () => {
    for (const length of [3, 100])
      expect(carry(Array.from({ length }, (_, i) => ({ i, at: new Map([[i, new Date(i)]]) })))).toEqual(
        Array.from({ length }, (_, i) => ({ i, at: new Map([[i, new Date(i)]]) })),
      );
  });

  it('carries more shapes of objects than msgpackr has record ids for', () => {
    const value = [new Map(), ...Array.from({ length: 300 }, (_, i) => ({ [`key${i}`]: i, [`other${i % 7}`]: { i } }))];
    expect(carry(value)).toEqual(value);
    expect(carry(value)).toEqual(value);
  });

  it('carries errors with name, code, cause and stack, wherever they are', () => {
    const cause = new TypeError('inner');
    const error = Object.assign(new RangeError('outer', { cause }), { code: 'E_OUTER' });
    const [carried] = (carry({ list: [error] }) as { list: (RangeError & { code: string })[] }).list;
    expect(carried).toBeInstanceOf(RangeError);
    expect(carried).toMatchObject({ name: 'RangeError', message: 'outer', code: 'E_OUTER', stack: error.stack });
    expect(carried?.cause).toBeInstanceOf(TypeError);
    expect(carried?.cause).toMatchObject({ message: 'inner' });
  });

  it('carries errors of a class that the receiver does not know, and aggregates', () => {
    class CustomError extends Error {
      override name = 'CustomError';
    }
    const carried = carry(new AggregateError([new CustomError('one')], 'all')) as AggregateError;
    expect(carried).toBeInstanceOf(AggregateError);
    expect(carried.errors[0]).toBeInstanceOf(Error);
    expect(carried.errors[0]).toMatchObject({ name: 'CustomError', message: 'one' });
  });

  it('gives buffers that refer to memory of their own', () => {
    const bytes = Buffer.from(encode([Buffer.from('secret'), Uint16Array.of(1, 2)], 'a value'));
    const [buffer, array] = decode(bytes, 0, bytes.length) as [Buffer, Uint16Array];
    bytes.fill(0);
    expect(buffer.toString()).toBe('secret');
    expect([...array]).toEqual([1, 2]);
    expect(buffer.buffer.byteLength).toBe(6);
  });

  it('lets no key of a peer reach a prototype', () => {
    for (const evil of [
      JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
      { list: [new Map(), JSON.parse('{"__proto__": {"polluted": true}}')] },
    ]) {
      const carried = carry(evil) as object;
      expect(Object.getPrototypeOf(carried)).toBe(Object.prototype);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
      expect((carried as { polluted?: boolean }).polluted).toBeUndefined();
    }
    const carried = carry({ list: [new Map(), JSON.parse('{"__proto__": {"polluted": true}}')] }) as { list: object[] };
    expect(Object.getPrototypeOf(carried.list[1])).toBe(Object.prototype);
  });

  it.each([
    [
      'a cycle',
      () => {
        const a: { a?: object } = {};
        a.a = a;
        return a;
      },
    ],
    ['a symbol', () => [Symbol('no')]],
  ])('refuses %s and goes on', (_what, make) => {
    expect(() => encode(make(), "'an event'")).toThrow(
      expect.objectContaining({ code: 'TROUPE_ERR_IPC_NOT_ENCODABLE' }),
    );
    expect(carry({ fine: new Set([1]) })).toEqual({ fine: new Set([1]) });
  });

  it('throws, and does no more, on any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        try {
          decode(Buffer.from(bytes), 0, bytes.length);
        } catch (problem) {
          expect(problem).toBeInstanceOf(Error);
        }
        expect(carry([{ fine: true }])).toEqual([{ fine: true }]);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves errors that other users of msgpackr encode as they were', () => {
    // The one that the codec uses here: its extensions are shared.
    const { Packr } = createRequire(import.meta.url)('msgpackr') as typeof import('msgpackr');
    const packr = new Packr({ moreTypes: true, structuredClone: true });
    const error = Object.assign(new Error('theirs'), { code: 'E_THEIRS' });
    expect(packr.unpack(packr.pack(error))).not.toHaveProperty('code');
  });
});

describe('the first values of a process', () => {
  const JSON_FORM = 2;
  const message = { id: 1, state: 'ready', address: { port: 1, host: '::' }, list: [null, 'ü'] };

  async function fresh() {
    vi.resetModules();
    return import('../src/codec.ts');
  }

  it('are JSON, and come back equal', async () => {
    const codec = await fresh();
    for (const value of [message, undefined, 'text', 0, []]) {
      const bytes = codec.encode(value, 'a value');
      expect(bytes[0]).toBe(JSON_FORM);
      expect(codec.decode(bytes, 0, bytes.length)).toStrictEqual(value);
    }
  });

  it.each([
    ['a value that JSON does not carry', [{ at: new Date(0) }]],
    ['as many as a start needs', Array.from({ length: 257 }, () => message)],
  ])('are msgpack after %s', async (_what, values) => {
    const codec = await fresh();
    for (const value of values) codec.encode(value, 'a value');
    expect(codec.encode(message, 'a value')[0]).not.toBe(JSON_FORM);
  });

  it('are read by those who have long been there', () => {
    const text = Buffer.from(`\u0002${JSON.stringify(message)}`);
    encode(new Date(0), 'a value');
    expect(decode(text, 0, text.length)).toStrictEqual(message);
  });

  it('are refused when they are no JSON', () => {
    expect(() => decode(Buffer.from([JSON_FORM, 0x7b]), 0, 2)).toThrow(
      expect.objectContaining({ code: 'TROUPE_ERR_IPC_MALFORMED' }),
    );
  });
});
