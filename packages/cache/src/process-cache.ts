import { type Client, connect, report } from '@troupe/ipc';
import { toError } from '@troupe/ipc/transport';
import { Cache } from './cache.ts';
import { Link } from './client/link.ts';
import { Member } from './client/member.ts';
import { switchedOff } from './errors.ts';
import { type ResolvedOptions, resolveOptions, type UseOptions } from './options.ts';
import { Patience } from './patience.ts';
import { checkKey } from './values.ts';

/** How long a cluster may take to start its cache manager, ms: another may have to leave its directory first. */
const START_TIMEOUT = 120_000;
/** After how long a cluster that could not is asked again, ms. */
const PAUSE = 1_000;

/** This process's part in the cache: one connection for all that is used. */
export class ProcessCache {
  readonly member = new Member(() => performance.now(), report, process.nextTick);
  readonly patience = new Patience('the cache', this.member, 3_000);
  readonly #known = new Map<string, Cache>();
  #link: { path: string; link: Link } | undefined;
  #bus: Client | undefined;

  /** Connects to the manager that listens there, in place of the one before. */
  connect(path: string): void {
    if (this.#link?.path === path) return;
    this.#link?.link.close().catch(report);
    this.member.refuse(undefined);
    this.#link = { path, link: new Link(path, this.member) };
  }

  /** Connects to the manager of the cluster that this process belongs to, as soon as it belongs to one. */
  join(): void {
    if (this.#link !== undefined || this.#bus !== undefined) return;
    const bus = connect();
    this.#bus = bus;
    bus.on('connected', () => void this.#ask(bus));
    if (bus.state === 'connected') void this.#ask(bus);
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
    const link = this.#link?.link;
    this.#link = undefined;
    await link?.close();
  }

  async #ask(bus: Client): Promise<void> {
    try {
      const { socket } = await bus.request('master', 'cache.open', undefined, { timeout: START_TIMEOUT });
      if (socket !== null) this.connect(socket);
      // This process may have enabled one of its own.
      else if (this.#link === undefined) this.member.refuse(switchedOff());
    } catch (problem) {
      this.member.problem = toError(problem);
      setTimeout(() => {
        if (bus.state === 'connected') void this.#ask(bus);
      }, PAUSE).unref();
    }
  }

  #open(name: string, options: ResolvedOptions): Cache {
    this.join();
    const { earlyRefresh } = options;
    const refreshFrom = (until: number, cost: number) =>
      earlyRefresh === 0 ? until : until + cost * earlyRefresh * Math.log(Math.random());
    return new Cache(this.member, this.member.open(name, { ...options, refreshFrom }), options);
  }
}
