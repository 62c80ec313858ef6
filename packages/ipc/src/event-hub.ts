import { listenerThrew } from './errors.ts';
import { Listeners } from './listeners.ts';
import { report } from './report.ts';

export type EventListener = (args: unknown[], from: number) => void;
export type AnyEventListener = (event: string, args: unknown[], from: number) => void;

/** Who in this process listens to what. */
export class EventHub {
  readonly #byName = new Map<string, Listeners<[unknown[], number]>>();
  readonly #any = new Listeners<[string, unknown[], number]>();

  add(name: string, listener: EventListener): () => void {
    const listeners = this.#byName.get(name) ?? new Listeners();
    this.#byName.set(name, listeners);
    const remove = listeners.add(listener);
    return () => {
      remove();
      if (listeners.size === 0 && this.#byName.get(name) === listeners) this.#byName.delete(name);
    };
  }

  addAny(listener: AnyEventListener): () => void {
    return this.#any.add(listener);
  }

  /** Whether it is worth decoding the arguments of this event. */
  hears(name: string): boolean {
    return this.#any.size > 0 || this.#byName.has(name);
  }

  deliver(name: string, args: unknown[], from: number): void {
    const threw = (cause: unknown) => report(listenerThrew(name, cause));
    this.#byName.get(name)?.call(threw, args, from);
    this.#any.call(threw, name, args, from);
  }
}
