import { Kind } from '../protocol.ts';
import type { Stored } from '../stored.ts';
import type { Reader } from './peer.ts';
import type { Surroundings, Timer } from './surroundings.ts';

/** How much longer than its own limit a load may take before the process that has it is taken for frozen, ms. */
const GRACE = 1_000;

/** Somebody who waits for an answer. */
export interface Asker {
  reader: Reader;
  id: number;
  /** Those of his message. */
  flags: number;
}

/** The right to load a key. At any time one process has it. */
interface Load extends Timer {
  readonly token: number;
  readonly reader: Reader;
  readonly waiters: Asker[];
}

const NOBODY: readonly Asker[] = [];

/** The loads of one cache that are under way. */
export class Loads {
  readonly #around: Surroundings;
  readonly #byKey = new Map<string, Load>();
  /** How long a load may take, ms. */
  timeout = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  has(key: string): boolean {
    return this.#byKey.size > 0 && this.#byKey.has(key);
  }

  /** Whether this load is still the one that counts. */
  isCurrent(key: string, token: number | undefined): boolean {
    return token !== undefined && this.#byKey.get(key)?.token === token;
  }

  /** Gives the right to load to one who wants nothing else; returns its token. */
  begin(key: string, reader: Reader, now: number, waiters: Asker[] = []): number {
    const token = this.#around.nextToken();
    const load = { token, reader, waiters, due: (later: number) => this.#expire(key, token, later) };
    this.#byKey.set(key, load);
    this.#around.at(now + this.timeout + GRACE, load);
    return token;
  }

  /** The asker waits for the load that is under way, or gets it; true when he waits. */
  join(key: string, asker: Asker, now: number): boolean {
    const load = this.#byKey.get(key);
    if (load !== undefined) load.waiters.push(asker);
    else this.#grant(key, asker, [], now);
    return load !== undefined;
  }

  /** It is over, whatever became of it: who has waited is yet to be told. */
  end(key: string): readonly Asker[] {
    if (this.#byKey.size === 0) return NOBODY;
    const { waiters } = this.#byKey.get(key) ?? { waiters: NOBODY };
    this.#byKey.delete(key);
    return waiters.filter(({ reader }) => !reader.peer.gone);
  }

  /** What is being loaded is not wanted any more: the next who waits loads it anew. */
  pass(key: string, now: number): void {
    const [next, ...others] = this.end(key);
    if (next !== undefined) this.#grant(key, next, others, now);
  }

  passAll(now: number): void {
    for (const key of [...this.#byKey.keys()]) this.pass(key, now);
  }

  /** A process is gone, and with it the loads it had. */
  leave(reader: Reader, now: number): void {
    for (const [key, load] of [...this.#byKey]) if (load.reader === reader) this.pass(key, now);
  }

  fail(key: string, error: Stored | undefined): void {
    for (const asker of this.end(key)) this.#answer(asker, Kind.failure, { value: error });
  }

  #grant(key: string, asker: Asker, waiters: Asker[], now: number): void {
    const token = this.begin(key, asker.reader, now, waiters);
    this.#answer(asker, Kind.load, { token });
  }

  #expire(key: string, token: number, now: number): void {
    if (this.isCurrent(key, token)) this.pass(key, now);
  }

  #answer({ reader, id }: Asker, kind: Kind, fields: { token?: number; value?: Stored | undefined }): void {
    reader.peer.tell({ kind, id, cache: reader.number, flags: 0, ...fields });
  }
}
