/** Values as msgpack, in one of two forms that the first byte names. An own `__proto__` key arrives as `__proto_`. */
import type * as Msgpackr from 'msgpackr/pack';
import { malformed, notEncodable } from './errors.ts';
import { isSimple } from './simple.ts';

/** Objects are msgpack maps. Fastest for the usual small message, but a `Map` would arrive as an object. */
const SIMPLE = 0;
/** Objects are records, whose keys are written once: `Map` stays itself, and long lists of like objects are short. */
const RECORDS = 1;

export class MsgpackCodec {
  readonly #simple: Msgpackr.Packr;
  readonly #records: Msgpackr.Packr;
  /** Of what {@link encode} leaves in front of the value. */
  readonly #reserve: number;
  readonly #range = { start: 0, end: 0 };

  constructor({ addExtension, Packr, RESERVE_START_SPACE }: typeof Msgpackr) {
    const common = { moreTypes: true, structuredClone: false, copyBuffers: true };
    this.#simple = new Packr({ ...common, useRecords: false, variableMapSize: true, mapsAsObjects: true });
    this.#records = new Packr({ ...common, useRecords: true });
    this.#reserve = RESERVE_START_SPACE + 1;
    addExtension(carriedErrors);
  }

  /** See `encode` of codec.ts. */
  encode(value: unknown, what: string): Buffer {
    encoding = true;
    try {
      const form = isSimple(value) ? SIMPLE : RECORDS;
      const bytes = (form === SIMPLE ? this.#simple : this.#records).pack(value, this.#reserve);
      bytes[0] = form;
      return bytes;
    } catch (cause) {
      throw notEncodable(what, cause);
    } finally {
      encoding = false;
    }
  }

  /** See `decode` of codec.ts. */
  decode(bytes: Buffer, start: number, end: number): unknown {
    const form = bytes[start];
    if (end <= start + 1 || (form !== SIMPLE && form !== RECORDS)) throw malformed('it holds no value');
    this.#range.start = start + 1;
    this.#range.end = end;
    return (form === SIMPLE ? this.#simple : this.#records).unpack(bytes, this.#range);
  }
}

// ── Errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────

let encoding = false;

// msgpackr's own form of an Error has neither code nor stack. Its extensions are global, and whoever
// runs from the sources shares them with other packages: so this class has instances only while this module encodes.
function CarriedError(): void {}
Object.defineProperty(CarriedError, Symbol.hasInstance, {
  value: (value: unknown) => encoding && value instanceof Error,
});
const ERROR_TYPE = 0x45;

const CONSTRUCTORS: ReadonlyMap<unknown, ErrorConstructor> = new Map<unknown, ErrorConstructor>(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(type => [type.name, type]),
);

const carriedErrors = {
  Class: CarriedError,
  type: ERROR_TYPE,
  write: (error: Error & { code?: unknown }) => [
    String(error.name),
    String(error.message),
    String(error.stack ?? ''),
    typeof error.code === 'number' || typeof error.code === 'string' ? error.code : undefined,
    error.cause,
    error instanceof AggregateError ? [...error.errors] : undefined,
  ],
  read: (fields: unknown) => {
    if (!Array.isArray(fields)) throw new TypeError('an Error must be an array of its fields');
    const [name, message, stack, code, cause, errors] = fields as unknown[];
    const options = cause === undefined ? undefined : { cause };
    const error = Array.isArray(errors)
      ? new AggregateError(errors, String(message), options)
      : new (CONSTRUCTORS.get(name) ?? Error)(String(message), options);
    const set = (key: string, value: unknown) =>
      Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: key === 'code' });
    if (error.name !== name) set('name', String(name));
    set('stack', String(stack));
    if (typeof code === 'number' || typeof code === 'string') set('code', code);
    return error;
  },
};
