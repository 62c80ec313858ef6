import { toError } from '@troupe/ipc/transport';
import { Kind } from '../protocol.ts';
import type { Stored } from '../stored.ts';
import type { Line } from './call.ts';

/** Hears of changes. */
export interface Watcher {
  /** @param value nothing when the key is gone; a view that lasts until this returns */
  changed(key: string, value: Stored | undefined): void;
  /** Changes may have been missed. */
  missed(why: string): void;
}

/** Which changes of a cache this process wants to hear of. `null` is every key. */
export class Watching {
  readonly #line: Line;
  readonly #tell: (kind: Kind, key: string | null) => void;
  readonly #watchers = new Map<string | null, Set<Watcher>>();

  constructor(line: Line, tell: (kind: Kind, key: string | null) => void) {
    this.#line = line;
    this.#tell = tell;
  }

  add(key: string | null, watcher: Watcher): void {
    const known = this.#watchers.get(key);
    if (known !== undefined) {
      known.add(watcher);
      return;
    }
    this.#watchers.set(key, new Set([watcher]));
    this.#tell(Kind.watch, key);
  }

  remove(key: string | null, watcher: Watcher): void {
    const watchers = this.#watchers.get(key);
    if (!watchers?.delete(watcher) || watchers.size > 0) return;
    this.#watchers.delete(key);
    this.#tell(Kind.unwatch, key);
  }

  /** The manager knows nothing of it (any more). */
  resume(again: boolean): void {
    for (const key of this.#watchers.keys()) this.#tell(Kind.watch, key);
    if (!again) return;
    const all = [...this.#watchers.values()].flatMap(watchers => [...watchers]);
    for (const watcher of all)
      this.#call(() => watcher.missed('the connection to the cache manager was lost for a while'));
  }

  changed(key: string, value: Stored | undefined): void {
    for (const watcher of [...(this.#watchers.get(key) ?? []), ...(this.#watchers.get(null) ?? [])])
      this.#call(() => watcher.changed(key, value));
  }

  /** One that throws keeps no other from hearing. */
  #call(fn: () => void): void {
    try {
      fn();
    } catch (problem) {
      this.#line.report(toError(problem));
    }
  }
}
