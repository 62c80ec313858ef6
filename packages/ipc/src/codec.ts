/**
 * How values become bytes: msgpackr with records. Each message stands for itself (no structures are remembered between
 * messages), since one message goes to many receivers. An own `__proto__` key arrives as `__proto_`.
 */
// The `/pack` entry leaves out the streams and the native accelerator: 10 ms to import where the main entry takes 26.
import { addExtension, Packr } from 'msgpackr/pack';
import { notEncodable } from './errors.ts';

const packr = new Packr({ useRecords: true, moreTypes: true, structuredClone: false, copyBuffers: true });

/** Encodes a value. The result is a view of a larger buffer: copy it to keep it. @throws TROUPE_ERR_IPC_NOT_ENCODABLE */
export function encode(value: unknown, what: string): Buffer {
  encoding = true;
  try {
    return packr.pack(value);
  } catch (cause) {
    throw notEncodable(what, cause);
  } finally {
    encoding = false;
  }
}

/** Decodes what {@link encode} made, from `start` to the end. Nothing in the result refers to `bytes`. */
export function decode(bytes: Buffer, start = 0): unknown {
  return packr.unpack(bytes, { start });
}

// ── Errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────

let encoding = false;

// msgpackr's own form of an Error has neither code nor stack. Its extensions are global, and other packages use msgpackr
// too: so this class has instances only while this module encodes.
function CarriedError(): void {}
Object.defineProperty(CarriedError, Symbol.hasInstance, {
  value: (value: unknown) => encoding && value instanceof Error,
});
const ERROR_TYPE = 0x45;

const CONSTRUCTORS: ReadonlyMap<unknown, ErrorConstructor> = new Map<unknown, ErrorConstructor>(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(type => [type.name, type]),
);

addExtension({
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
});
