import fc from 'fast-check';
import {
  type Effect,
  INTENSITY_WINDOW,
  type Input,
  initialState,
  OVERSLEPT,
  type Policy,
  restartsAllowed,
  type State,
} from '../src/supervisor/state.ts';
import { step as realStep } from '../src/supervisor/step.ts';

const TOLERANCE = 15_000;
const POLICY: Policy = {
  wanted: 3,
  startTimeout: 20_000,
  warmUpTimeout: 10_000,
  stopTimeout: 5_000,
  tolerance: TOLERANCE,
  canary: 2_000,
};

const kinds = {
  advance: 8,
  deadline: 5,
  crash: 3,
  pass: 2,
  fail: 1,
  freeze: 1,
  thaw: 1,
  recycle: 2,
  retire: 1,
  pause: 1,
  resume: 1,
  debug: 2,
  undebug: 2,
  fresh: 1,
  reload: 1,
  verdict: 2,
  scale: 1,
  late: 1,
  repeat: 1,
} as const;
type Kind = keyof typeof kinds;
export interface Happening {
  kind: Kind;
  who: number;
}

/** What happens around the core: from the first fork on, or (mostly) to a cluster that serves. `who` picks a process, a number or a time. */
export interface History {
  serving: boolean;
  happenings: Happening[];
}

const happening = fc.oneof(
  ...(Object.entries(kinds) as [Kind, number][]).map(([kind, weight]) => ({
    weight,
    arbitrary: fc.record({ kind: fc.constant(kind), who: fc.nat(20_000) }),
  })),
);
export const histories: fc.Arbitrary<History> = fc.record({
  serving: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  happenings: fc.array(happening, { maxLength: 80 }),
});

/** A broken rule; the message names it. */
export class Violation extends Error {}

interface Process {
  leaving: boolean;
  frozen: boolean;
  killed: boolean;
}

/**
 * Processes as the operating system would have them: they exist until they exit, what is frozen hears nothing, and
 * SIGKILL always works. The rules of docs/lifecycle.md are checked after every step.
 */
export class World {
  state: State = initialState(POLICY);
  now = 0;
  readonly #step: typeof realStep;
  readonly #alive = new Map<number, Process>();
  /** Workers that somebody debugs; the core's word is not taken for it. */
  readonly #debugged = new Set<number>();
  /** Workers that a person, the stop or a scaling sent away: they may go without a successor, or while debugged. */
  readonly #sentAway = new Set<number>();
  readonly #forks: number[] = [];
  /** When each process last beat. */
  readonly #heard = new Map<number, number>();
  /** When the master last woke up. */
  #deafUntil = 0;
  #ended = 0;
  #settled = 0;

  constructor(step = realStep) {
    this.#step = step;
    this.take({ type: 'start' });
  }

  take(input: Input): void {
    const before = this.state;
    if (before.wakeAt !== null && this.now > before.wakeAt + OVERSLEPT) this.#deafUntil = this.now;
    if (input.type === 'beat') this.#heard.set(input.id, this.now);
    const next = this.#step(before, input, this.now);
    this.state = next.state;
    for (const effect of next.effects) this.#carryOut(effect, input, before);
    this.#check(next.effects, before);
  }

  happen({ kind, who }: Happening): void {
    const ids = [...this.#alive.keys()];
    const id = ids[who % Math.max(1, ids.length)] ?? -1;
    const process = this.#alive.get(id);
    switch (kind) {
      case 'pass':
        return this.#sleep(this.now + who);
      case 'deadline':
        return this.#sleep(this.state.wakeAt ?? this.now);
      case 'late':
        return this.take({ type: 'stage', id: this.state.nextId + 5, state: 'ready' });
      case 'reload':
        return this.take({ type: 'reload' });
      case 'verdict':
        return this.take({
          type: 'verdict',
          generation: this.state.reload?.generation ?? who,
          problem: who % 3 ? null : 'slow',
        });
      case 'scale':
        return this.take({ type: 'scale', wanted: 1 + (who % 5) });
      case 'fresh':
        return this.take({ type: 'debug-fresh' });
    }
    if (!process) return;
    switch (kind) {
      case 'advance':
        return this.#advance(id, process, who);
      case 'crash':
        return this.#exit(id, (who % 10) / 10);
      case 'fail':
        return this.take({ type: 'failed', id, stage: 'warmUp', error: { message: 'x' } });
      case 'freeze':
      case 'thaw':
        process.frozen = kind === 'freeze';
        return;
      case 'recycle':
        return this.take({ type: 'replace', id, kind: 'recycle', reason: 'old' });
      case 'retire':
        this.#sentAway.add(id);
        return this.take({ type: 'replace', id, kind: 'retire', reason: 'asked' });
      case 'pause':
      case 'resume':
        return this.take({ type: kind, id });
      case 'debug':
        this.#debugged.add(id);
        return this.take({ type: 'debug', id, aside: who % 2 === 0 });
      case 'undebug':
        this.#debugged.delete(id);
        this.#sentAway.add(id);
        return this.take({ type: 'undebug', id, next: who % 2 ? 'return' : 'leave' });
      case 'repeat': {
        const worker = this.state.workers.find(each => each.id === id);
        if (worker?.state === 'ready') this.take({ type: 'stage', id, state: 'ready' });
        return;
      }
    }
  }

  /** Everybody works as he should; those who are debugged stand at a breakpoint, and are silent. */
  goOn(turns: number): void {
    for (let turn = 0; turn < turns && !this.#isWell(); turn++) this.#turn();
  }

  /** From here on all is well: nothing may be left undone. */
  recover(): void {
    for (const [id, process] of this.#alive) {
      process.frozen = false;
      this.#debugged.delete(id);
      this.#sentAway.add(id);
      this.take({ type: 'undebug', id, next: id % 2 ? 'return' : 'leave' });
      this.take({ type: 'resume', id });
    }
    this.goOn(400);
    if (!this.#isWell()) throw new Violation(`wedged: ${JSON.stringify(this.state)}`);
  }

  #turn(): void {
    for (const [id, process] of [...this.#alive]) {
      if (this.#alive.has(id) && !this.#debugged.has(id)) this.#advance(id, process, 5);
      if (this.#alive.has(id) && !this.#debugged.has(id) && !process.frozen) this.take({ type: 'beat', id });
    }
    if (this.state.reload?.stage === 'watching') {
      this.take({ type: 'verdict', generation: this.state.reload.generation, problem: null });
    }
    const deadline = this.state.wakeAt;
    if (deadline !== null) this.#sleep(Math.min(deadline, this.now + 5_000));
  }

  /** From here on nobody does anything but what the core makes them do. */
  finish(): void {
    this.take({ type: 'stop' });
    for (let turn = 0; this.state.phase !== 'stopped'; turn++) {
      if (turn > 100) throw new Violation('the stop wedged');
      for (const [id, process] of [...this.#alive]) if (process.killed) this.#exit(id, 0);
      const deadline = this.state.wakeAt;
      if (deadline !== null) this.#sleep(deadline);
    }
    if (this.#alive.size > 0) throw new Violation('processes outlived the cluster');
    if (this.#ended !== 1) throw new Violation(`the cluster ended ${this.#ended} times`);
  }

  #isWell(): boolean {
    const { phase, workers, queue, current, reload, reloadAgain, wanted } = this.state;
    if (phase === 'stopped') return true;
    if (phase === 'stopping') return false;
    const calm = queue.length === 0 && !current && !reload && !reloadAgain;
    return (
      phase === 'serving' && calm && workers.length === wanted && workers.every(worker => worker.state === 'ready')
    );
  }

  #advance(id: number, process: Process, who: number): void {
    if (process.killed) return this.#exit(id, 0.5);
    if (process.frozen) return;
    if (process.leaving) return this.#exit(id, (who % 10) / 10);
    const worker = this.state.workers.find(each => each.id === id);
    const next = { forked: 'configuring', configuring: 'warming', warming: 'ready' } as const;
    if (worker && worker.state in next)
      this.take({ type: 'stage', id, state: next[worker.state as keyof typeof next] });
    else if (worker?.state === 'retiring') this.#exit(id, (who % 10) / 10);
    else this.take({ type: 'beat', id });
  }

  #sleep(until: number): void {
    this.now = Math.max(this.now, until);
    this.take({ type: 'time' });
    const isUrgent = () => this.state.wakeAt !== null && this.state.wakeAt <= this.now;
    // Who was a predecessor whose successor failed is found silent once more.
    if (isUrgent()) this.take({ type: 'time' });
    if (isUrgent()) throw new Violation('the core asks for the time again and again');
  }

  #exit(id: number, random: number): void {
    this.#alive.delete(id);
    this.take({ type: 'exited', id, code: 0, signal: null, random });
  }

  #carryOut(effect: Effect, input: Input, before: State): void {
    switch (effect.type) {
      case 'fork':
        this.#alive.set(effect.id, { leaving: false, frozen: false, killed: false });
        if (effect.waits) this.#debugged.add(effect.id);
        return this.#countFork(effect.id, input);
      case 'leave':
        for (const id of effect.ids) this.#leave(id, input, before);
        return;
      case 'kill': {
        const process = this.#of(effect.id);
        if (effect.signal === 'SIGKILL') process.killed = true;
        return;
      }
      case 'started':
      case 'start-failed':
        this.#settled += 1;
        return;
      case 'not-replaced': {
        const predecessor = this.state.workers.find(({ id }) => id === effect.predecessor);
        if (predecessor?.state === 'retiring' && predecessor.slot < this.state.wanted) {
          throw new Violation('a failed successor costs its predecessor');
        }
        return;
      }
      case 'stopped':
        this.#ended += 1;
    }
  }

  /** Who goes by the queue's or a reload's order has a ready worker in its place, and is debugged by nobody. */
  #leave(id: number, input: Input, before: State): void {
    this.#of(id).leaving = true;
    const worker = this.state.workers.find(each => each.id === id);
    if (!worker) throw new Violation(`worker ${id} is told to leave and does not exist`);
    const was = before.workers.find(each => each.id === id);
    const surplus = worker.slot >= this.state.wanted;
    const isSuccessor = was !== undefined && was.succeeds !== null && this.state.current?.predecessor !== id;
    // Whoever stands aside has given its place away before.
    if (this.state.phase !== 'serving' || surplus || isSuccessor || was?.aside) return;
    const ready = this.state.workers.some(
      each => each.slot === worker.slot && each.id !== id && each.state === 'ready',
    );
    const paused = this.state.workers.some(
      each => each.slot === worker.slot && each.id !== id && each.state === 'paused',
    );
    if (!ready && !paused && input.type !== 'failed')
      throw new Violation(`worker ${id} leaves before its successor is ready`);
    if (this.#debugged.has(id) && !this.#sentAway.has(id))
      throw new Violation(`worker ${id} is sent away while somebody debugs it`);
  }

  #countFork(id: number, input: Input): void {
    const worker = this.state.workers.find(each => each.id === id);
    if (worker?.succeeds !== null || input.type === 'start' || input.type === 'scale') return;
    this.#forks.push(this.now);
    const recent = this.#forks.filter(at => at > this.now - INTENSITY_WINDOW).length;
    // Slots that scaling brings, and places that leaving workers free, are filled besides.
    if (recent > restartsAllowed(this.state.wanted) + 5 + this.#sentAway.size)
      throw new Violation(`${recent} restarts within the window`);
  }

  #of(id: number): Process {
    const process = this.#alive.get(id);
    if (!process) throw new Violation(`the core acts on worker ${id}, which does not exist`);
    return process;
  }

  #check(effects: readonly Effect[], before: State): void {
    const { workers, slots, phase, current, reload, wanted } = this.state;
    const rule = (holds: boolean, broken: string) => {
      if (!holds) throw new Violation(broken);
    };
    rule(
      sameIds(
        workers.map(({ id }) => id),
        [...this.#alive.keys()],
      ),
      'the core and the world know other workers',
    );
    const incumbents = workers.filter(
      ({ state, succeeds, aside }) => state !== 'retiring' && succeeds === null && !aside,
    );
    // One that comes back from being debugged finds its place taken, which is settled when nothing else goes on.
    const settled = phase === 'serving' && !current && !reload;
    rule(
      !settled || new Set(incumbents.map(({ slot }) => slot)).size === incumbents.length,
      'two workers have one place',
    );
    rule(
      workers.every(({ aside, state, debugged }) => !aside || state === 'retiring' || (debugged && state !== 'ready')),
      'a worker that stands aside takes traffic, or is debugged by nobody',
    );
    const successors = workers.filter(({ state, succeeds }) => state !== 'retiring' && succeeds !== null);
    rule(reload !== null || successors.length <= 1, 'two replacements at a time');
    rule(current === null || reload === null, 'a replacement during a reload');
    rule(this.#settled <= 1, 'a start settled twice');
    for (const { predecessor } of this.state.queue.filter(({ kind }) => kind === 'nanny')) {
      const wasCondemned = before.queue.some(each => each.predecessor === predecessor);
      const heard = Math.max(this.#heard.get(predecessor) ?? 0, wasCondemned ? 0 : this.#deafUntil);
      rule(this.now - heard >= TOLERANCE, `worker ${predecessor} may be well, and the nanny replaces it`);
    }
    if (phase === 'stopping' || phase === 'stopped') {
      rule(!effects.some(({ type }) => type === 'fork'), 'a stopping cluster forks');
    } else if (phase !== 'idle') {
      for (const slot of slots.filter(({ index }) => index < wanted)) {
        rule(
          slot.forkAt !== null || workers.some(({ slot: index, aside }) => index === slot.index && !aside),
          `slot ${slot.index} is forgotten`,
        );
      }
    }
    if (before.phase === 'serving' && phase === 'serving') {
      rule(
        workers.filter(({ aside }) => !aside).length <=
          2 * Math.max(wanted, before.wanted, before.slots.length) +
            before.workers.filter(({ state }) => state === 'retiring').length +
            1,
        'workers pile up',
      );
    }
  }
}

const sameIds = (left: readonly number[], right: readonly number[]) =>
  left.length === right.length && new Set([...left, ...right]).size === left.length;

/** Lets one history happen, then all be well, then stops. */
export function live({ serving, happenings }: History, step = realStep): void {
  const world = new World(step);
  if (serving) world.recover();
  for (const each of happenings) world.happen(each);
  world.goOn(30);
  world.recover();
  if (world.state.phase !== 'stopped') world.finish();
}
