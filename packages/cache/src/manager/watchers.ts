import { Kind } from '../protocol.ts';
import type { Stored } from '../stored.ts';
import type { Reader } from './peer.ts';

/** Who is told about changes of one cache. */
export class Watchers {
  readonly #everything = new Set<Reader>();
  readonly #byKey = new Map<string, Set<Reader>>();

  /** Without a key: everything. */
  add(reader: Reader, key: string | undefined): void {
    if (key === undefined) {
      this.#everything.add(reader);
      return;
    }
    const watchers = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, watchers.add(reader));
  }

  remove(reader: Reader, key: string | undefined): void {
    if (key === undefined) this.#everything.delete(reader);
    else this.#removeFrom(key, reader);
  }

  leave(reader: Reader): void {
    this.#everything.delete(reader);
    for (const key of [...this.#byKey.keys()]) this.#removeFrom(key, reader);
  }

  /** @param value nothing when the key is gone */
  tell(key: string, value: Stored | undefined): void {
    const some = this.#byKey.size === 0 ? undefined : this.#byKey.get(key);
    if (some === undefined && this.#everything.size === 0) return;
    for (const reader of new Set([...this.#everything, ...(some ?? [])]))
      reader.peer.tell({ kind: Kind.changed, id: 0, cache: reader.number, flags: 0, key, value });
  }

  #removeFrom(key: string, reader: Reader): void {
    const watchers = this.#byKey.get(key);
    watchers?.delete(reader);
    if (watchers?.size === 0) this.#byKey.delete(key);
  }
}
