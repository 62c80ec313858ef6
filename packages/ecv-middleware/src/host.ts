/** The master's side of the health check; it loads nothing that a master without visitors would not need. */
import type { Client, TrafficReport } from '@troupe/ipc';
import { badMark } from './errors.ts';
import type { MarkStore, StoredMark } from './mark-store.ts';
import type { Traffic } from './traffic.ts';

export { MarkStore, type StoredMark } from './mark-store.ts';
export { type Mark, Traffic, type TrafficOptions } from './traffic.ts';

/** What is needed of a process's place on the bus. */
export type Bus = Pick<Client, 'request' | 'handle' | 'emit'>;

/** Characters of `by` that are kept: it ends up in a reason that people read. */
const MAX_BY = 200;

/**
 * Answers `traffic.report` and `traffic.mark` for everybody on the bus, with `traffic`. The process that is the master
 * does this once.
 * @returns the function that stops it
 */
export function host(traffic: Traffic, client: Bus, store?: MarkStore): () => void {
  const stop = [
    client.handle('traffic.report', () => traffic.report()),
    client.handle('traffic.mark', params => setMark(traffic, client, params, store), { validate: checked }),
  ];
  return () => {
    for (const undo of stop) undo();
  };
}

/**
 * The mark counts at once; the answer comes when it is kept, too. Everybody hears `markUp` or `markDown`.
 * @throws TROUPE_ERR_ECV_MARK_NOT_KEPT
 */
export async function setMark(
  traffic: Traffic,
  client: Pick<Bus, 'emit'>,
  { mark, by }: StoredMark,
  store?: MarkStore,
): Promise<TrafficReport> {
  traffic.mark(mark, by);
  client.emit('all', mark === 'up' ? 'markUp' : 'markDown', [by]);
  await store?.save({ mark, by });
  return traffic.report();
}

function checked(params: unknown): StoredMark {
  if (typeof params === 'object' && params !== null && 'mark' in params && 'by' in params) {
    const { mark, by } = params;
    if ((mark === 'up' || mark === 'down') && typeof by === 'string') {
      return { mark, by: by.replace(/\p{Cc}/gu, ' ').slice(0, MAX_BY) };
    }
  }
  throw badMark(params);
}
