import type { Client } from './client.ts';
import { badArgument, listenerThrew } from './errors.ts';
import type { Target } from './protocol.ts';
import { report } from './report.ts';
import { eventAudience } from './targets.ts';

/** What an event calls. `never[]` lets a listener declare the arguments of its own event. */
export type Listener = (...args: never[]) => unknown;

/**
 * Events between the processes of a cluster. Every method is bound: `const { on, emit } = emitter` works. A listener that
 * throws is reported ({@link onReport}) and does not keep the others from being called; `error` is an event like others.
 */
export interface Emitter {
  /** Calls `listener` each time the event reaches this process, from whichever process. */
  on(event: string, listener: Listener): Emitter;
  /** Calls `listener` the next time only. */
  once(event: string, listener: Listener): Emitter;
  /** Removes the listener that was added last, whether by `on` or by `once`. */
  off(event: string, listener: Listener): Emitter;
  /** The same as `off`. */
  removeListener(event: string, listener: Listener): Emitter;
  /** Removes the listeners of one event, or all, that were added through this emitter. */
  removeAllListeners(event?: string): Emitter;
  listenerCount(event: string): number;
  /**
   * Sends to the default audience: the master emits to itself, the workers and the monitors; any other process to itself
   * and the master; a process that belongs to no cluster to itself.
   * @returns false when the queue is full and the event went to this process only
   */
  emit(event: string, ...args: unknown[]): boolean;
  /** Chooses the audience: `to('workers').emit('hello')`, `to(['self', 1234]).emit('hello')`. @throws TROUPE_ERR_IPC_BAD_TARGET */
  to(targets: Target | readonly Target[]): { emit(event: string, ...args: unknown[]): boolean };
  /** The same in one call: `emitTo(['all'], ['hello', 1, 2])`. */
  emitTo(targets: Target | readonly Target[], message: readonly [event: string, ...args: unknown[]]): boolean;
}

interface Entry {
  readonly listener: Listener;
  readonly once: boolean;
  /** A `once` listener that was called, in an emit inside this one maybe. */
  spent: boolean;
}

interface Subscription {
  entries: readonly Entry[];
  readonly unsubscribe: () => void;
}

/** An emitter with listeners of its own over a client. */
export function createEmitter(client: Client): Emitter {
  const subscriptions = new Map<string, Subscription>();

  function call(event: string, args: unknown[]): void {
    // Entries are replaced, never changed: listeners that come or go meanwhile count from the next event on.
    for (const entry of subscriptions.get(event)?.entries ?? []) {
      if (entry.spent) continue;
      if (entry.once) {
        entry.spent = true;
        remove(event, entry);
      }
      try {
        entry.listener.apply(emitter, args as never[]);
      } catch (cause) {
        report(listenerThrew(event, cause));
      }
    }
  }

  function add(event: string, listener: Listener, once: boolean): Emitter {
    checkEvent(event);
    if (typeof listener !== 'function')
      throw badArgument(`The listener of '${event}' must be a function; ${typeof listener} was given.`);
    const subscription = subscriptions.get(event) ?? {
      entries: [],
      unsubscribe: client.onEvent(event, args => call(event, args)),
    };
    subscription.entries = [...subscription.entries, { listener, once, spent: false }];
    subscriptions.set(event, subscription);
    return emitter;
  }

  function remove(event: string, entry: Entry | undefined): void {
    const subscription = subscriptions.get(event);
    if (subscription === undefined || entry === undefined || !subscription.entries.includes(entry)) return;
    subscription.entries = subscription.entries.filter(each => each !== entry);
    if (subscription.entries.length === 0) removeEvent(event, subscription);
  }

  function removeEvent(event: string, subscription: Subscription): void {
    subscription.unsubscribe();
    subscriptions.delete(event);
  }

  function off(event: string, listener: Listener): Emitter {
    remove(
      event,
      subscriptions.get(event)?.entries.findLast(entry => entry.listener === listener),
    );
    return emitter;
  }

  function send(targets: Target | readonly Target[], event: string, args: unknown[]): boolean {
    checkEvent(event);
    return client.emit(targets, event, args);
  }

  const emitter: Emitter = {
    on: (event, listener) => add(event, listener, false),
    once: (event, listener) => add(event, listener, true),
    off,
    removeListener: off,
    removeAllListeners(event) {
      for (const [name, subscription] of subscriptions) {
        if (event === undefined || name === event) removeEvent(name, subscription);
      }
      return emitter;
    },
    listenerCount: event => subscriptions.get(event)?.entries.length ?? 0,
    emit: (event, ...args) => send(client.role === 'master' ? MASTERS_AUDIENCE : AUDIENCE, event, args),
    to(targets) {
      eventAudience(targets, client);
      return { emit: (event, ...args) => send(targets, event, args) };
    },
    emitTo(targets, message) {
      if (!Array.isArray(message)) throw badArgument('emitTo takes its targets and an array: [event, ...args].');
      const [event, ...args] = message as [string, ...unknown[]];
      return send(targets, event, args);
    },
  };
  return emitter;
}

const MASTERS_AUDIENCE: readonly Target[] = ['master', 'workers'];
const AUDIENCE: readonly Target[] = ['self', 'master'];

function checkEvent(event: unknown): void {
  if (typeof event !== 'string' || event === '')
    throw badArgument(
      `An event is a string that is not empty; ${typeof event === 'string' ? "''" : typeof event} was given.`,
    );
}
