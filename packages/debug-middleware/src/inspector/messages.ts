/** What is said on the private socket of a worker's agent: the Chrome DevTools Protocol, and a word of our own. */

/** Bytes of one message. A snapshot comes in pieces of 100 kB; the sources of big bundles come whole. */
export const MAX_MESSAGE = 256 * 1024 * 1024;
/** Bytes that may wait for a debugger that reads too slowly before its session ends: a heap snapshot can be larger. */
export const MAX_BACKLOG = 512 * 1024 * 1024;

/** Asks the agent, not V8: all sessions end, a paused program goes on, and an agent that was started on demand leaves. */
export const RELEASE = 'Troupe.release';

/** Asks the agent for a heap snapshot in `params.file`: it is written as V8 makes it, since it can be larger than memory. */
export const SNAPSHOT = 'Troupe.heapSnapshot';

/** Asks the agent what holds the event loop, for `params.duration` ms and from `params.threshold` ms on. */
export const STALLS = 'Troupe.stalls';

/** Asks the agent how many objects of which class are alive. */
export const CENSUS = 'Troupe.census';

/** A command of a debugger. */
export interface Command {
  id: number;
  method: string;
  params?: object;
}

/** Reads a command. @throws SyntaxError, TypeError for what is none */
export function toCommand(text: string): Command {
  const message: unknown = JSON.parse(text);
  if (typeof message !== 'object' || message === null) throw new TypeError('a command must be an object');
  const { id, method, params } = message as Partial<Command>;
  if (!Number.isSafeInteger(id) || id === undefined) throw new TypeError('a command needs a whole number as its id');
  if (typeof method !== 'string') throw new TypeError(`command ${id} names no method`);
  if (params !== undefined && (typeof params !== 'object' || params === null))
    throw new TypeError(`the params of command ${id} must be an object`);
  return params === undefined ? { id, method } : { id, method, params };
}

/** An answer that says why there is no result, as V8 would write it. */
export const failure = (id: number, message: string, code = -32_000): string =>
  JSON.stringify({ id, error: { code, message } });
