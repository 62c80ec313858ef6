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
  readonly #byPid = new Map<number, readonly Peer[]>();
  readonly #groups = new Map<Role | 'all', readonly Peer[]>();

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
    this.#groups.clear();
    this.#byInstance.set(peer.instance, peer);
    this.#byPid.set(peer.pid, [...(this.#byPid.get(peer.pid) ?? []), peer]);
  }

  remove(peer: Peer): void {
    this.#groups.clear();
    this.#byInstance.delete(peer.instance);
    const rest = (this.#byPid.get(peer.pid) ?? []).filter(each => each !== peer);
    if (rest.length === 0) this.#byPid.delete(peer.pid);
    else this.#byPid.set(peer.pid, rest);
  }

  /** Who hears an event: for `master` the monitors too, and everybody who has the pid. Never the sender. */
  audience(targets: readonly number[], sender: Peer): readonly Peer[] {
    return unite(targets, sender, code => this.#listeners(code));
  }

  /** Who is asked: for `master` the master alone, and of those with the same pid the one that came last. Never the asker. */
  asked(targets: readonly number[], asker: Peer): readonly Peer[] {
    return unite(targets, asker, code => this.#answerers(code));
  }

  #listeners(code: number): readonly Peer[] {
    if (code === MASTER) return this.#group('monitor').concat(this.#group('master'));
    return this.#groupOf(code) ?? this.#byPid.get(code) ?? [];
  }

  #answerers(code: number): readonly Peer[] {
    if (code === MASTER) return this.#group('master');
    return this.#groupOf(code) ?? this.#byPid.get(code)?.slice(-1) ?? [];
  }

  #groupOf(code: number): readonly Peer[] | undefined {
    if (code === ALL) return this.#group('all');
    return code === WORKERS ? this.#group('worker') : undefined;
  }

  /** Remembered until somebody comes or goes. */
  #group(name: Role | 'all'): readonly Peer[] {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = masterLast([...this.#byInstance.values()].filter(peer => name === 'all' || peer.role === name));
    this.#groups.set(name, group);
    return group;
  }
}

/** Each peer once, and never `except`. */
function unite(
  targets: readonly number[],
  except: Peer,
  peersOf: (target: number) => readonly Peer[],
): readonly Peer[] {
  const [only] = targets;
  if (targets.length === 1 && only !== undefined) {
    const peers = peersOf(only);
    return peers.includes(except) ? peers.filter(peer => peer !== except) : peers;
  }
  const peers = new Set(targets.flatMap(peersOf));
  peers.delete(except);
  return masterLast([...peers]);
}

/** The master hears at once, within this call: what it says in reply must not overtake what it replies to. */
function masterLast(peers: Peer[]): Peer[] {
  return peers.sort((a, b) => Number(a.role === 'master') - Number(b.role === 'master'));
}
