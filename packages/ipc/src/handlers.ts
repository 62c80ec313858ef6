import { badArgument, badParams, duplicateHandler, noHandler } from './errors.ts';

export type Handler = (params: unknown, from: number) => unknown;

export interface HandleOptions<P> {
  /** Checks what another process sent and returns it typed; what it throws is told to the asker. @default none */
  validate?: (params: unknown) => P;
}

interface Entry {
  readonly handler: Handler;
  readonly validate: ((params: unknown) => unknown) | undefined;
}

/** The requests that this process serves. */
export class Handlers {
  readonly #byName = new Map<string, Entry>();

  /** @throws TROUPE_ERR_IPC_DUPLICATE_HANDLER */
  add(name: string, handler: Handler, validate?: (params: unknown) => unknown): () => void {
    if (typeof handler !== 'function') throw badArgument(`The handler of '${name}' must be a function.`);
    if (this.#byName.has(name)) throw duplicateHandler(name);
    const entry = { handler, validate };
    this.#byName.set(name, entry);
    return () => {
      if (this.#byName.get(name) === entry) this.#byName.delete(name);
    };
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Answers a request; rejects with what the asker should hear. */
  async answer(name: string, params: unknown, from: number): Promise<unknown> {
    const entry = this.#byName.get(name);
    if (entry === undefined) throw noHandler(name, process.pid);
    return await entry.handler(validated(name, params, entry.validate), from);
  }
}

function validated(name: string, params: unknown, validate: Entry['validate']): unknown {
  if (validate === undefined) return params;
  try {
    return validate(params);
  } catch (cause) {
    throw badParams(name, cause);
  }
}
