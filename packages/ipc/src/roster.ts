import type { Role } from './protocol.ts';
import { ALL, MASTER, WORKERS } from './targets.ts';

/** A process that the broker has taken in. */
export interface Peer {
  readonly pid: number;
  readonly role: Role;
  /** Tells a process that comes back from another one with the same pid. */
  readonly instance: string;
  /** Sends a delivery. A peer that cannot take it is cut off; the sender need not know. */
  send(delivery: Buffer): void;
}

/** Who is connected, and whom a target means. Processes of different pid namespaces may have the same pid. */
export class Roster {
  readonly #byInstance = new Map<string, Peer>();
  readonly #byPid = new Map<number, Peer[]>();

  get size(): number {
    return this.#byInstance.size;
  }

  [Symbol.iterator](): Iterator<Peer> {
    return this.#byInstance.values();
  }

  withInstance(instance: string): Peer | undefined {
    return this.#byInstance.get(instance);
  }

  add(peer: Peer): void {
    this.#byInstance.set(peer.instance, peer);
    this.#byPid.set(peer.pid, [...(this.#byPid.get(peer.pid) ?? []), peer]);
  }

  remove(peer: Peer): void {
    this.#byInstance.delete(peer.instance);
    const rest = (this.#byPid.get(peer.pid) ?? []).filter(each => each !== peer);
    if (rest.length === 0) this.#byPid.delete(peer.pid);
    else this.#byPid.set(peer.pid, rest);
  }

  /** Who hears an event: for `master` the monitors too, and everybody who has the pid. Never the sender. */
  audience(targets: readonly number[], sender: Peer): Iterable<Peer> {
    return this.#resolve(targets, sender, code => this.#listeners(code));
  }

  /** Who is asked: for `master` the master alone, and of those with the same pid the one that came last. Never the asker. */
  asked(targets: readonly number[], asker: Peer): Iterable<Peer> {
    return this.#resolve(targets, asker, code => this.#answerers(code));
  }

  #resolve(targets: readonly number[], sender: Peer, who: (code: number) => Iterable<Peer>): Iterable<Peer> {
    const peers = new Set<Peer>();
    for (const target of targets) for (const peer of who(target)) peers.add(peer);
    peers.delete(sender);
    return peers;
  }

  #listeners(code: number): Iterable<Peer> {
    if (code === ALL) return this.#byInstance.values();
    if (code === WORKERS) return this.#in('worker');
    if (code === MASTER) return [...this.#in('monitor'), ...this.#in('master')];
    return this.#byPid.get(code) ?? [];
  }

  #answerers(code: number): Iterable<Peer> {
    if (code === ALL) return this.#byInstance.values();
    if (code === WORKERS) return this.#in('worker');
    if (code === MASTER) return this.#in('master');
    const newest = this.#byPid.get(code)?.at(-1);
    return newest === undefined ? [] : [newest];
  }

  #in(role: Role): Peer[] {
    return [...this.#byInstance.values()].filter(peer => peer.role === role);
  }
}
