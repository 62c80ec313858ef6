import fc from 'fast-check';
import { Member } from '../src/client/member.ts';
import type { Opened } from '../src/client/opened.ts';
import type { Loaded } from '../src/client/reading.ts';
import { ManagerCore } from '../src/manager/core.ts';
import type { Peer } from '../src/manager/peer.ts';
import type { StoreOrder } from '../src/manager/surroundings.ts';
import { Flag, Kind, type Message } from '../src/protocol.ts';
import type { Stored } from '../src/stored.ts';
import { History } from './history.ts';

const PROCESSES = 3;
const KEYS = ['a', 'b'];
const CACHE = 'cache';

const kinds = {
  deliver: 20,
  calm: 8,
  get: 8,
  load: 6,
  set: 5,
  setIfAbsent: 1,
  del: 2,
  loaded: 4,
  loadFails: 1,
  pass: 3,
  freeze: 3,
  thaw: 3,
  kill: 1,
  cutOff: 1,
  crash: 2,
  flush: 6,
} as const;
type Happening = { kind: keyof typeof kinds; who: number };

/** What happens: whether the cache persists, and one thing after the other. `who` picks a process, a key or a time. */
export interface Story {
  persist: boolean;
  happenings: Happening[];
}

const happening = fc.oneof(
  ...(Object.entries(kinds) as [Happening['kind'], number][]).map(([kind, weight]) => ({
    weight,
    arbitrary: fc.record({ kind: fc.constant(kind), who: fc.nat(9_999) }),
  })),
);
export const stories: fc.Arbitrary<Story> = fc.record({
  persist: fc.boolean(),
  happenings: fc.array(happening, { maxLength: 120, size: 'max' }),
});

/** A broken rule; the message names it. */
export class Violation extends Error {}

/** What is planted to see that it is found. */
export interface Faults {
  /** Recalls do not arrive. */
  loseRecalls?: boolean;
  /** The manager does not wait for their acknowledgement. */
  skipAcknowledgements?: boolean;
  /** Processes read what is near without a look at their lease. */
  ignoreLeases?: boolean;
  /** A manager that follows another makes changes at once. */
  forgetPredecessors?: boolean;
  /** A load counts whatever has happened since it was granted. */
  skipFencing?: boolean;
}

/** What travels; the end of a connection travels too, behind all that was sent before. */
type Parcel = Message | 'closed';

interface Line {
  peer: Peer;
  /** What is on its way. */
  toManager: Parcel[];
  toProcess: Parcel[];
  /** What was asked under which id. */
  asked: Map<number, Message>;
  /** The manager has closed it, or is no more. */
  dead: boolean;
}

interface Process {
  member: Member;
  cache: Opened;
  frozen: boolean;
  line: Line | undefined;
  loads: { key: string; done: (loaded: Loaded) => void }[];
  /** What it does before it does anything else. */
  deferred: (() => void)[];
}

/**
 * Processes, a manager, a disk and what is on the wires between them, as they could really be: messages arrive in their
 * order and at any time, what is frozen hears nothing and goes on where it was, what is killed says nothing any more.
 */
export class World {
  readonly history = new History();
  readonly #persist: boolean;
  readonly #faults: Faults;
  #now = 0;
  #lastValue = 0;
  #managers = 0;
  #manager: ManagerCore;
  #processes: Process[];
  #lines: { process: Process; line: Line }[] = [];
  /** Orders that the disk has not carried out, and what is on it. */
  #orders: StoreOrder[] = [];
  #disk = new Map<string, StoreOrder>();
  /** Which token was granted last for each key. */
  readonly #granted = new Map<string, number>();

  constructor(persist: boolean, faults: Faults) {
    this.#persist = persist;
    this.#faults = faults;
    this.#manager = this.#startManager();
    this.#processes = Array.from({ length: PROCESSES }, () => this.#startProcess());
    this.#deliverAll();
  }

  happen(happening: Happening): void {
    this.#happen(happening);
    this.#manager.flush();
  }

  #happen({ kind, who }: Happening): void {
    const process = this.#processes[who % PROCESSES] as Process;
    const key = KEYS[who % KEYS.length] as string;
    this.history.tick();
    this.#doDeferred();
    switch (kind) {
      case 'deliver':
        return this.#deliver(who);
      case 'calm':
        while (this.#orders.length > 0) this.#flush();
        return this.#deliverAll();
      case 'get':
      case 'load':
        return process.frozen ? undefined : this.#get(process, key, kind === 'load');
      case 'set':
      case 'setIfAbsent':
        return process.frozen ? undefined : this.#set(process, key, kind === 'setIfAbsent');
      case 'del':
        return process.frozen ? undefined : this.#del(process, key);
      case 'loaded':
      case 'loadFails':
        return process.frozen ? undefined : this.#finishLoad(process, who, kind === 'loaded');
      case 'pass':
        return this.#pass(who % 500);
      case 'freeze':
        process.frozen = true;
        return;
      case 'thaw':
        process.frozen = false;
        // It goes on where it was, before it hears anything.
        return this.#get(process, key, false);
      case 'kill':
        return this.#kill(process);
      case 'cutOff':
        return this.#cutOff(process);
      case 'crash':
        return this.#persist ? this.#crash(who) : undefined;
      case 'flush':
        return this.#flush();
    }
  }

  /** Lets everything come to its end. */
  settle(): void {
    for (const process of this.#processes) process.frozen = false;
    for (let round = 0; round < 300; round++) {
      this.history.tick();
      this.#deliverAll();
      this.#doDeferred();
      for (const process of this.#processes) while (process.loads.length > 0) this.#finishLoad(process, 0, true);
      while (this.#orders.length > 0) this.#flush();
      this.#pass(100);
      this.#manager.flush();
      if (this.history.isOver && !this.#lines.some(isBusy)) return;
    }
    throw new Violation(`nothing comes of ${this.history.unfinished}`);
  }

  // ── Operations ────────────────────────────────────────────────────────────────────────────────────────────────────

  #get({ cache, loads }: Process, key: string, withLoader: boolean): void {
    const operation = this.history.begin(cache, key, 'get');
    const near = cache.lookUp(key);
    if (near !== undefined) {
      operation.end(numberIn(near.value));
      return;
    }
    const load = withLoader ? (done: (loaded: Loaded) => void) => void loads.push({ key, done }) : undefined;
    cache.get(key, load, {
      resolve: ({ value }) => operation.end(value === undefined ? null : numberIn(value)),
      reject: () => operation.forget(),
    });
  }

  #set({ cache }: Process, key: string, ifAbsent: boolean): void {
    const value = ++this.#lastValue;
    const operation = this.history.begin(cache, key, ifAbsent ? 'setIfAbsent' : 'set', value);
    cache.set(key, bytesOf(value), 0, ifAbsent, {
      resolve: accepted => operation.end(accepted),
      reject: () => operation.lose(),
    });
  }

  #del({ cache }: Process, key: string): void {
    const operation = this.history.begin(cache, key, 'del');
    cache.del(key, {
      resolve: value => operation.end(value === undefined ? null : numberIn(value)),
      reject: () => operation.lose(),
    });
  }

  #finishLoad({ cache, loads }: Process, who: number, well: boolean): void {
    const [load] = loads.splice(who % Math.max(1, loads.length), 1);
    if (load === undefined) return;
    if (!well) {
      load.done({ error: new Error('the loader failed') });
      return;
    }
    const value = ++this.#lastValue;
    // Whether the manager takes it is seen by what readers find.
    this.history.begin(cache, load.key, 'setIfAbsent', value).lose();
    load.done({ value: bytesOf(value), expire: 0, cost: 1 });
  }

  // ── Processes and wires ───────────────────────────────────────────────────────────────────────────────────────────

  #startProcess(): Process {
    const member = new Member(
      () => this.#now,
      problem => {
        throw problem;
      },
      fn => process.deferred.push(fn),
    );
    if (this.#faults.ignoreLeases)
      Object.defineProperty(member, 'leaseUntil', { get: () => Number.POSITIVE_INFINITY, set: () => undefined });
    const unlimited = { maxEntries: 100, maxBytes: 1e6 };
    const options = { persist: this.#persist, timeout: 3_000, ...unlimited, staleWhileRevalidate: 0 };
    const cache = member.open(CACHE, { ...options, near: unlimited, refreshFrom: until => until });
    const process: Process = { member, cache, frozen: false, line: undefined, loads: [], deferred: [] };
    this.#connect(process);
    return process;
  }

  #connect(process: Process): void {
    const manager = this.#manager;
    const peer = manager.join(1, message => {
      if (manager === this.#manager) this.#send(line, message);
    });
    const line: Line = { peer, toManager: [], toProcess: [], asked: new Map(), dead: false };
    process.line = line;
    this.#lines.push({ process, line });
    process.member.up(message => {
      const { skipFencing } = this.#faults;
      const fenced = skipFencing && message.kind === Kind.loaded ? { token: this.#granted.get(message.key ?? '') } : {};
      line.toManager.push({ ...message, ...fenced });
      line.asked.set(message.id, message);
      return true;
    });
  }

  #doDeferred(): void {
    for (const { frozen, deferred } of this.#processes) if (!frozen) for (const fn of deferred.splice(0)) fn();
  }

  #deliverAll(): void {
    for (let left = 100; left > 0 && this.#lines.some(isBusy); left--) {
      this.#deliver(left);
      if (!this.#lines.some(isBusy)) this.#manager.flush();
    }
  }

  #deliver(who: number): void {
    const busy = this.#lines.filter(isBusy);
    const chosen = busy[who % Math.max(1, busy.length)];
    if (chosen === undefined) return;
    const { process, line } = chosen;
    const toManager = process.frozen || line.toProcess.length === 0 || (line.toManager.length > 0 && who % 2 === 0);
    if (toManager) this.#arriveAtManager(line);
    else this.#arriveAtProcess(process, line);
    if (process.line !== line && !isBusy(chosen)) this.#lines = this.#lines.filter(each => each !== chosen);
  }

  #arriveAtManager(line: Line): void {
    const parcel = line.toManager.shift();
    if (line.dead) return;
    if (parcel === 'closed') this.#manager.leave(line.peer, false, this.#now);
    else if (parcel !== undefined) this.#manager.take(line.peer, parcel, this.#now);
  }

  #arriveAtProcess(process: Process, line: Line): void {
    const parcel = line.toProcess.shift();
    if (parcel === undefined || process.line !== line) return;
    if (parcel !== 'closed') {
      process.member.take(parcel);
      return;
    }
    process.line = undefined;
    process.member.down(new Error('the connection broke'));
    this.#connect(process);
  }

  #kill(process: Process): void {
    process.line?.toManager.push('closed');
    if (process.line !== undefined) process.line.toProcess.length = 0;
    process.line = undefined;
    this.history.abandon(process.cache);
    this.#processes[this.#processes.indexOf(process)] = this.#startProcess();
  }

  /** The manager closes the connection of a process that may be frozen. */
  #cutOff({ line }: Process): void {
    if (line === undefined || line.dead) return;
    this.#manager.leave(line.peer, true, this.#now);
    line.dead = true;
    line.toProcess.push('closed');
  }

  #pass(time: number): void {
    this.#now += time;
    const due = this.#manager.nextDeadline;
    if (due !== undefined && due <= this.#now) this.#manager.tick(this.#now);
  }

  // ── The manager and its disk ──────────────────────────────────────────────────────────────────────────────────────

  #startManager(): ManagerCore {
    const manager: ManagerCore = new ManagerCore(
      {
        store: order => {
          if (manager === this.#manager) this.#orders.push(order);
        },
      },
      {
        now: this.#now,
        succeeds: this.#managers > 0 && !this.#faults.forgetPredecessors,
        firstToken: this.#managers++ * 1e6,
      },
    );
    for (const { key, content } of this.#disk.values())
      if (content !== undefined) manager.restore({ cache: CACHE, key, ...content });
    this.#manager = manager;
    return manager;
  }

  #send(line: Line, message: Message): void {
    if (line.dead) return;
    this.#checkToken(line, message);
    if (message.kind === Kind.recall) {
      if (this.#faults.skipAcknowledgements) line.toManager.unshift({ ...message, kind: Kind.recalled });
      if (this.#faults.loseRecalls) return;
    }
    line.toProcess.push({ ...message });
  }

  /** At any time one load of a key counts: the one that was granted last. */
  #checkToken(line: Line, { kind, id, flags, token }: Message): void {
    const asked = line.asked.get(id);
    if (asked?.key === undefined) return;
    if (token !== undefined && asked.kind === Kind.get) this.#granted.set(asked.key, token);
    if (asked.kind !== Kind.loaded || kind !== Kind.done || (flags & Flag.accepted) === 0) return;
    if (this.#granted.get(asked.key) !== asked.token)
      throw new Violation(`a load of '${asked.key}' that was passed on`);
    this.#granted.delete(asked.key);
  }

  /** The manager is killed: what it had sent may arrive, what it had ordered may be on the disk, in its order. */
  #crash(who: number): void {
    for (let left = who % (this.#orders.length + 1); left > 0; left--) this.#write(this.#orders.shift());
    this.#orders = [];
    for (const { line } of this.#lines) {
      if (line.dead) continue;
      line.dead = true;
      line.toProcess.push('closed');
    }
    this.#startManager();
  }

  #flush(): void {
    const order = this.#orders.shift();
    this.#write(order);
    if (order !== undefined) this.#manager.stored(order.ticket, undefined, this.#now);
  }

  #write(order: StoreOrder | undefined): void {
    if (order !== undefined) this.#disk.set(order.key, order);
  }
}

const isBusy = ({ process, line }: { process: Process; line: Line }): boolean =>
  line.toManager.length > 0 || (line.toProcess.length > 0 && !process.frozen);
const bytesOf = (value: number): Buffer => Buffer.from(String(value));
const numberIn = (value: Stored): number => Number(value.toString());

/** Lives through a story. @throws Violation */
export function live({ persist, happenings }: Story, faults: Faults = {}): void {
  const world = new World(persist, faults);
  for (const each of happenings) world.happen(each);
  world.settle();
  const contradiction = world.history.contradiction();
  if (contradiction !== undefined) throw new Violation(contradiction);
}
