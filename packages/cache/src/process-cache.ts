import cluster from 'node:cluster';
import { report } from '@troupe/ipc/transport';
import { Cache } from './cache.ts';
import { Link } from './client/link.ts';
import { Member } from './client/member.ts';
import { type ResolvedOptions, resolveOptions, type UseOptions } from './options.ts';
import { Patience } from './patience.ts';
import { checkKey } from './values.ts';

/** The environment variable that carries the socket's path to the processes of a cluster. */
export const CACHE_VARIABLE = 'TROUPE_CACHE_SOCKET';

/** This process's part in the cache: one connection for all that is used. */
export class ProcessCache {
  readonly member = new Member(() => performance.now(), report);
  readonly patience = new Patience('the cache', this.member, 3_000);
  readonly #known = new Map<string, Cache>();
  #link: Link | undefined;

  /** Connects to the manager that listens there, unless it is connected already. A cluster worker does it by itself. */
  connect(path: string): void {
    this.#link ??= new Link(path, this.member);
  }

  /** Who asks for the same cache in the same way gets the same object. */
  use<V>(name: string, given?: UseOptions): Cache<V> {
    const options = resolveOptions(given);
    const id = JSON.stringify([checkKey(name, 'name of a cache'), options]);
    const known = this.#known.get(id) ?? this.#open(name, options);
    this.#known.set(id, known);
    return known as Cache<V>;
  }

  async close(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
  }

  #open(name: string, options: ResolvedOptions): Cache {
    const inherited = process.env[CACHE_VARIABLE];
    if (cluster.isWorker && inherited) this.connect(inherited);
    const { earlyRefresh } = options;
    const refreshFrom = (until: number, cost: number) =>
      earlyRefresh === 0 ? until : until + cost * earlyRefresh * Math.log(Math.random());
    return new Cache(this.member, this.member.open(name, { ...options, refreshFrom }), options);
  }
}
