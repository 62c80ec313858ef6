import type { Client } from './client.ts';
import { malformed } from './errors.ts';

/** Event, board → master: `(names)`, all that this process has registered. */
export const STATUS_NAMES = 'status.names';
/** Event, master → boards: `(pid, names)`, when the statuses of a process have changed, or have gone with it. */
export const STATUS_CHANGE = 'status.change';

/**
 * Keeps, in the master, who has registered which status, and tells every board of each change within the call that brings
 * it: who hears an event that was sent after a registration knows of the registration. Returns the function that ends it.
 */
export function hostStatuses(
  client: Pick<Client, 'emit' | 'handle' | 'onEvent'>,
  onLeft: (listener: (peer: { pid: number }) => void) => () => void,
): () => void {
  const directory = new Map<number, readonly string[]>();
  const tell = (pid: number, names: readonly string[]) => client.emit('all', STATUS_CHANGE, [pid, names]);
  const removers = [
    client.handle('status.directory', () => [...directory]),
    client.onEvent(STATUS_NAMES, ([said], pid) => {
      const names = namesIn(said);
      directory.set(pid, names);
      tell(pid, names);
    }),
    onLeft(({ pid }) => {
      if (directory.delete(pid)) tell(pid, []);
    }),
  ];
  return () => {
    for (const remove of removers) remove();
  };
}

/** @throws TROUPE_ERR_IPC_MALFORMED */
export function namesIn(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every(name => typeof name === 'string'))
    throw malformed('names of statuses must be a list of texts');
  return value;
}
