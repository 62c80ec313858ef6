import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Effect, type Input, initialState, type State } from '../src/supervisor/state.ts';
import { step } from '../src/supervisor/step.ts';
import { nextDeadline } from '../src/supervisor/timing.ts';

/** How many histories; the nightly run tries more. */
const HISTORIES = Number(process.env.TROUPE_HISTORIES ?? 2_000);
const POLICY = { wanted: 3, startTimeout: 20_000, warmUpTimeout: 10_000, stopTimeout: 5_000 };

/** What may happen next in the world around the core; `who` picks one of the living processes. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('advance' as const), who: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('crash' as const), who: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), who: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('terminate' as const), who: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), who: fc.nat(20_000) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deadline' as const), who: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('late' as const), who: fc.nat(9) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Processes as the operating system would have them: they exist until they exit, and SIGKILL always works. */
class World {
  state: State = initialState(POLICY);
  now = 0;
  readonly alive = new Map<number, { leaving: boolean; killed: boolean }>();
  ended = 0;
  settled = 0;

  take(input: Input): void {
    const next = step(this.state, input, this.now);
    this.state = next.state;
    for (const effect of next.effects) this.#carryOut(effect);
    this.#check(next.effects);
  }

  happen({ kind, who }: Happening): void {
    const ids = [...this.alive.keys()];
    const id = ids[who % Math.max(1, ids.length)] ?? -1;
    const random = (who % 10) / 10;
    if (kind === 'pass') return this.#sleep(this.now + who);
    if (kind === 'deadline') return this.#sleep(nextDeadline(this.state) ?? this.now);
    if (kind === 'late') return this.take({ type: 'stage', id: who - 5, state: 'ready' });
    if (!this.alive.has(id)) return;
    if (kind === 'terminate') return this.take({ type: 'terminate', id });
    if (kind === 'fail') return this.take({ type: 'failed', id, stage: 'warmUp', error: { message: 'x' } });
    if (kind === 'crash') return this.#exit(id, random);
    const worker = this.state.workers.find(each => each.id === id);
    const next = { forked: 'configuring', configuring: 'warming', warming: 'ready' } as const;
    if (worker && worker.state in next)
      this.take({ type: 'stage', id, state: next[worker.state as keyof typeof next] });
    else if (this.alive.get(id)?.leaving) this.#exit(id, random);
  }

  /** From here on nobody does anything but what the core makes them do. */
  finish(): void {
    this.take({ type: 'stop' });
    for (let turns = 0; this.state.phase !== 'stopped'; turns++) {
      expect(turns, 'the stop wedged').toBeLessThan(100);
      for (const [id, process] of this.alive) if (process.killed) this.#exit(id, 0);
      const deadline = nextDeadline(this.state);
      if (deadline !== null) this.#sleep(deadline);
    }
    expect(this.alive.size, 'processes outlived the cluster').toBe(0);
    expect(this.ended).toBe(1);
  }

  #sleep(until: number): void {
    this.now = Math.max(this.now, until);
    this.take({ type: 'time' });
  }

  #exit(id: number, random: number): void {
    this.alive.delete(id);
    this.take({ type: 'exited', id, code: 0, signal: null, random });
  }

  #carryOut(effect: Effect): void {
    if (effect.type === 'fork') this.alive.set(effect.id, { leaving: false, killed: false });
    if (effect.type === 'leave') for (const id of effect.ids) this.#of(id).leaving = true;
    if (effect.type === 'kill' && effect.signal === 'SIGKILL') this.#of(effect.id).killed = true;
    if (effect.type === 'started' || effect.type === 'start-failed') this.settled += 1;
    if (effect.type === 'stopped') this.ended += 1;
  }

  #of(id: number) {
    const process = this.alive.get(id);
    if (!process) throw new Error(`the core acts on worker ${id}, which does not exist`);
    return process;
  }

  #check(effects: readonly Effect[]): void {
    const { workers, slots, phase } = this.state;
    expect(workers.map(worker => worker.id).sort()).toEqual([...this.alive.keys()].sort());
    const filling = workers.filter(worker => worker.state !== 'retiring');
    expect(new Set(filling.map(worker => worker.slot)).size, 'two workers fill one slot').toBe(filling.length);
    expect(this.settled, 'a start settles once').toBeLessThanOrEqual(1);
    if (phase === 'stopping' || phase === 'stopped') {
      expect(
        effects.some(effect => effect.type === 'fork'),
        'a stopping cluster forks',
      ).toBe(false);
    } else if (phase !== 'idle') {
      for (const slot of slots) {
        const filled = workers.some(worker => worker.slot === slot.index);
        expect(filled || slot.forkAt !== null, 'a slot is forgotten').toBe(true);
      }
    }
  }
}

test(`no history of ${HISTORIES} wedges, forgets a slot, fills it twice, or leaves a process behind`, () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), history => {
      const world = new World();
      world.take({ type: 'start' });
      for (const each of history) world.happen(each);
      world.finish();
    }),
    { numRuns: HISTORIES, verbose: true },
  );
}, 600_000);
