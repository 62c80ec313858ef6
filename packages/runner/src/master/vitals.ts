import { type EventListener, type Heartbeat, onHeartbeat } from '@troupe/ipc';
import type { Log } from '../log/log.ts';
import { anyOf } from '../recycling/any-of.ts';
import { assertBadGC } from '../recycling/assert-bad-gc.ts';
import { assertConnections } from '../recycling/assert-connections.ts';
import { assertOld } from '../recycling/assert-old.ts';
import type { Assertion } from '../recycling/assertion.ts';
import type { Input } from '../supervisor/state.ts';

export interface RecyclingSettings {
  /** s. */
  maxAge: number;
  shouldKill?: Assertion | undefined;
  maxConnections?: number | false | undefined;
}

/** What becomes of heartbeats. */
export interface VitalsSurroundings {
  client: { onEvent(event: string, listener: EventListener): () => void };
  log: Pick<Log, 'error'>;
  settings: RecyclingSettings;
  /** The supervisor's number of a worker that lives. */
  idOf(pid: number): number | undefined;
  dispatch(input: Input): void;
}

/** Hears the workers' heartbeats: keeps the last of each, tells the supervisor who lives, and asks who is worn out. */
export class Vitals {
  readonly #around: VitalsSurroundings;
  readonly #isWornOut: Assertion;
  readonly #last = new Map<number, Heartbeat>();
  readonly #unsubscribe: () => void;

  constructor(around: VitalsSurroundings) {
    const { maxAge, maxConnections, shouldKill = anyOf(assertOld(maxAge), assertBadGC()) } = around.settings;
    this.#around = around;
    this.#isWornOut = maxConnections ? anyOf(assertConnections(maxConnections), shouldKill) : shouldKill;
    this.#unsubscribe = onHeartbeat(around.client, heartbeat => this.#hear(heartbeat));
  }

  /** What a worker said last of itself. */
  last(pid: number): Heartbeat | undefined {
    return this.#last.get(pid);
  }

  /** The same of every worker. */
  all(): Heartbeat[] {
    return [...this.#last.values()];
  }

  /** The same of a worker that is gone; it is not kept any longer. */
  take(pid: number): Heartbeat | undefined {
    const heartbeat = this.#last.get(pid);
    this.#last.delete(pid);
    return heartbeat;
  }

  close(): void {
    this.#unsubscribe();
  }

  #hear(heartbeat: Heartbeat): void {
    const id = this.#around.idOf(heartbeat.pid);
    // One of a worker that has died may still have been on its way.
    if (id === undefined) return;
    this.#last.set(heartbeat.pid, heartbeat);
    this.#around.dispatch({ type: 'beat', id });
    const verdict = this.#judge(heartbeat);
    if (!verdict) return;
    const reason = typeof verdict === 'string' ? verdict : 'shouldKill asked for it';
    this.#around.dispatch({ type: 'replace', id, kind: 'recycle', reason });
  }

  #judge(heartbeat: Heartbeat): boolean | string {
    try {
      return this.#isWornOut(heartbeat);
    } catch (error) {
      this.#around.log.error(`shouldKill threw at a heartbeat of worker ${heartbeat.pid}: it stays`, { err: error });
      return false;
    }
  }
}
