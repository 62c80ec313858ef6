import { type Autopsy, type Census, type Client, emitter } from '@troupe/ipc';
import { releaseWorker } from '../debugging/release.ts';
import { debugSockets } from '../debugging/sockets.ts';
import type { Log } from '../log/log.ts';
import type { State } from '../supervisor/state.ts';
import { isAboutMemory } from './about-memory.ts';
import { tell } from './tell.ts';

export interface AutopsiesOptions {
  client: Pick<Client, 'handle'>;
  log: Pick<Log, 'info' | 'warn'>;
  /** The path of the bus. */
  socket: string;
  settings: { enable: boolean; timeout: number; maxHeap: number };
  state(): State;
  pidOf(id: number): number | undefined;
  /** Ends a worker that cannot be waited for any longer. */
  kill(id: number): void;
}

/** One that is to be examined, or has been. */
interface Case {
  reason: string;
  young?: { pid: number; census: Census };
  autopsy?: Autopsy;
}

/**
 * Finds out what fills the memory of workers that are replaced for it. Their successors are counted first, when they are
 * warm and take no traffic yet; they themselves when nobody waits for them any more. What goes wrong keeps no worker from
 * leaving.
 */
export class Autopsies {
  readonly #options: AutopsiesOptions;
  /** By the supervisor's number of the worker; kept until it is gone. */
  readonly #cases = new Map<number, Case>();
  /** Whom a successor is compared with. */
  readonly #youngs = new Map<number, Case>();
  readonly #remove: () => void;

  constructor(options: AutopsiesOptions) {
    this.#options = options;
    this.#remove = options.client.handle('worker.autopsy', async ({ id, heap }) => {
      const known = this.#cases.get(id);
      const young = this.#youngs.get(id);
      if (known) known.autopsy = await this.#examineOld(id, heap, known);
      else if (young) await this.#examineYoung(id, heap, young);
      return undefined;
    });
  }

  /** Whether a worker that is forked now is to be counted when it is warm: once for each that it is compared with. */
  begins(id: number): boolean {
    const { current } = this.#options.state();
    if (!this.#options.settings.enable || current?.successor !== id) return false;
    const { predecessor, kind, reason } = current;
    if (kind !== 'recycle' || !isAboutMemory(reason) || this.#cases.has(predecessor)) return false;
    const begun: Case = { reason };
    this.#cases.set(predecessor, begun);
    this.#youngs.set(id, begun);
    return true;
  }

  /** Whether a worker that is told to leave now is to be examined. */
  wants(id: number): boolean {
    const { current, phase } = this.#options.state();
    return this.#cases.has(id) && current?.predecessor === id && phase === 'serving';
  }

  /** What is known of a worker that is gone; undefined where nothing was to be found out. */
  take({ id, pid = 0 }: { id: number; pid: number | undefined }, how: string): Autopsy | undefined {
    const wanted = this.wants(id);
    const known = this.#cases.get(id);
    this.#cases.delete(id);
    for (const [young, of] of this.#youngs) if (young === id || of === known) this.#youngs.delete(young);
    if (!known || !wanted) return undefined;
    return known.autopsy ?? this.#fail(pid, known, `it ended before it could be examined: ${how}`);
  }

  close(): void {
    this.#remove();
  }

  async #examineYoung(id: number, heap: number, of: Case): Promise<void> {
    const { settings, log, pidOf } = this.#options;
    const pid = pidOf(id);
    if (pid === undefined || heap > settings.maxHeap) return;
    try {
      of.young = { pid, census: await this.#census(pid) };
    } catch (error) {
      log.warn(`worker ${pid} could not be counted: the autopsy of its predecessor has nothing to compare with`, {
        err: error,
      });
    }
  }

  async #examineOld(id: number, heap: number, of: Case): Promise<Autopsy> {
    const { settings, log, pidOf, kill } = this.#options;
    const pid = pidOf(id) ?? 0;
    if (heap > settings.maxHeap) {
      const megabytes = [heap, settings.maxHeap].map(bytes => Math.round(bytes / 2 ** 20));
      return this.#fail(pid, of, `its heap uses ${megabytes[0]} MB, more than autopsy.maxHeap, ${megabytes[1]} MB`);
    }
    const { reason, young } = of;
    const began = performance.now();
    try {
      const { growingClasses } = await tools();
      const census = await this.#census(pid);
      const autopsy: Autopsy = {
        pid,
        at: Date.now(),
        reason,
        took: Math.round(performance.now() - began),
        heap,
        objects: census.objects,
        against: young?.pid,
        growing: growingClasses(census, young?.census),
        collections: census.collections,
      };
      log.info(tell(autopsy), { worker: pid, autopsy });
      emitter.emit(`worker-${pid}-autopsy`, autopsy);
      return autopsy;
    } catch (error) {
      // Its main thread may still be at it, and cannot be told.
      kill(id);
      return this.#fail(pid, of, error instanceof Error ? error.message : String(error));
    }
  }

  async #census(pid: number): Promise<Census> {
    const { socket, settings } = this.#options;
    const { agent } = debugSockets(socket, pid);
    const { examine } = await tools();
    const census = await examine(agent, settings.timeout);
    // One that was started for this leaves.
    await releaseWorker(agent);
    return census;
  }

  #fail(pid: number, { reason }: Case, problem: string): Autopsy {
    const autopsy: Autopsy = { pid, at: Date.now(), reason, problem };
    this.#options.log.warn(tell(autopsy), { worker: pid });
    emitter.emit(`worker-${pid}-autopsy`, autopsy);
    return autopsy;
  }
}

/** Hardly any master needs them. */
const tools = () => import('@troupe/debug-middleware/autopsy');
