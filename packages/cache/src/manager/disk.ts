import { messageOf } from '@troupe/ipc/transport';
import { toBytes } from '../stored.ts';
import type { Restored } from './core.ts';
import { PersistLock } from './persist-lock.ts';
import { Persistence } from './persistence.ts';
import type { StoreOrder } from './surroundings.ts';

/** What the disk has to say. */
export interface DiskEvents {
  /** This was found. */
  restored(record: Restored): void;
  /** An order is carried out, or cannot be. */
  stored(ticket: number, problem: string | undefined): void;
}

interface Open {
  lock: PersistLock;
  persistence: Persistence;
}

/** Where changes are stored: opened when there is something to be read or to be stored. Times become those of the wall clock. */
export class Disk {
  readonly #directory: string;
  readonly #patience: number;
  readonly #log: (line: string) => void;
  readonly #events: DiskEvents;
  readonly #underWay = new Set<Promise<void>>();
  #opening: Promise<Open> | undefined;
  #open: Open | undefined;

  constructor(directory: string, patience: number, log: (line: string) => void, events: DiskEvents) {
    this.#directory = directory;
    this.#patience = patience;
    this.#log = log;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  async openIfThere(): Promise<void> {
    if (await Persistence.isIn(this.#directory)) await this.open();
  }

  /** @throws TROUPE_ERR_CACHE_PERSIST_LOCKED, TROUPE_ERR_CACHE_PERSIST_FILE */
  async open(): Promise<void> {
    this.#opening ??= this.#openNow();
    try {
      this.#open = await this.#opening;
    } catch (problem) {
      this.#opening = undefined;
      throw problem;
    }
  }

  carryOut({ ticket, cache, key, content }: StoreOrder): void {
    const work = this.#write(cache, key, content).then(
      () => this.#events.stored(ticket, undefined),
      (problem: unknown) => this.#events.stored(ticket, messageOf(problem)),
    );
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    const open = await this.#opening;
    await open?.persistence.close();
    await open?.lock.release();
  }

  async #write(cache: string, key: string, content: StoreOrder['content']): Promise<void> {
    const persistence = this.#open?.persistence;
    if (persistence === undefined) throw new Error('the disk is not open');
    if (content === undefined) return persistence.remove(cache, key);
    const { value, expiresAt } = content;
    const at = expiresAt === 0 ? 0 : expiresAt - performance.now() + Date.now();
    return persistence.put({ cache, key, value: toBytes(value), expiresAt: at });
  }

  async #openNow(): Promise<Open> {
    const lock = await PersistLock.take(this.#directory, this.#patience);
    try {
      const persistence = await Persistence.open(this.#directory, this.#log);
      for (const record of persistence.takeRecords()) this.#restore(record);
      return { lock, persistence };
    } catch (problem) {
      await lock.release();
      throw problem;
    }
  }

  #restore({ cache, key, value, expiresAt }: Parameters<Persistence['put']>[0]): void {
    const left = expiresAt - Date.now();
    if (expiresAt !== 0 && left <= 0) return;
    this.#events.restored({ cache, key, value, expiresAt: expiresAt === 0 ? 0 : performance.now() + left });
  }
}
