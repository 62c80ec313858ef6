import type { Client } from './client.ts';
import { encode } from './codec.ts';
import { badArgument, duplicateStatus, readOnlyStatus, toError, unknownStatus } from './errors.ts';
import { KnownStatuses } from './known-statuses.ts';
import { isRecord } from './message.ts';
import { TroupePromise } from './promise.ts';
import type { Params } from './protocol.ts';
import { type Reduced, type Reducer, reducerOf } from './status-reducers.ts';
import { checkTimeout } from './timeout.ts';

/** How long the other processes may take unless the caller says otherwise, ms. */
const DEFAULT_WAIT = 1_000;

/** What one process shows as its status, or why it does not. */
export type StatusEntry<T = unknown> =
  | { pid: number; name: string; status: T; error?: undefined }
  | { pid: number; name: string; status?: undefined; error: Error };

export interface StatusOptions {
  /** How long the answers may take, ms; who is late is an entry with `error`. @default 1000 */
  wait?: number;
}

/**
 * What processes tell of themselves, by name; every process of the cluster sees all of it. Every method is bound. In a
 * process that belongs to no cluster the board is that process's own.
 *
 * Who does not answer in time, dies meanwhile, throws, or shows what the bus cannot carry is an entry with `error`; the
 * entries of a process vanish with it.
 */
export interface StatusBoard {
  /**
   * @param view what this process shows, a value or a promise; called whenever somebody asks
   * @param update takes what somebody sets; what it returns, or resolves, is told to him. @default it cannot be set
   * @throws TROUPE_ERR_IPC_DUPLICATE_STATUS, TROUPE_ERR_IPC_BAD_ARGUMENT
   */
  register<T = unknown>(name: string, view: () => unknown, update?: (value: T) => unknown): void;
  /** Returns whether this process had registered it. */
  unregister(name: string): boolean;
  /** The names that are registered, in whichever process. */
  statuses(): string[];
  /**
   * Asks every process that has registered it: itself first, then in the order in which they joined. Rejects with
   * TROUPE_ERR_IPC_UNKNOWN_STATUS when nobody has, and with TROUPE_ERR_IPC_NO_ANSWER when the master, who knows that,
   * is silent.
   */
  getStatus<T = unknown>(name: string, wait?: number | StatusOptions): TroupePromise<StatusEntry<T>[]>;
  /**
   * One value made of those of the processes that answered. Rejects too when none did, with the error of one of them, and
   * with TROUPE_ERR_IPC_BAD_ARGUMENT when there is something to add or compare that is no number.
   */
  getStatus<R extends Reducer>(name: string, options: StatusOptions & { reduce: R }): TroupePromise<Reduced[R]>;
  /**
   * Sets it in every process that has registered it; `status` of an entry is what its update function returned. Who is late
   * may have set it all the same. Rejects as `getStatus` does, and with TROUPE_ERR_IPC_NOT_ENCODABLE.
   */
  setStatus<T = unknown>(name: string, value: unknown, wait?: number | StatusOptions): TroupePromise<StatusEntry<T>[]>;
}

interface Registration {
  readonly view: () => unknown;
  readonly update: ((value: never) => unknown) | undefined;
}

type StatusRequest = 'status.view' | 'status.update';

const boards = new WeakMap<Client, StatusBoard>();

/** The status board of a client; the same one for each call. */
export function statusBoard(client: Client): StatusBoard {
  const board = boards.get(client) ?? createStatusBoard(client);
  boards.set(client, board);
  return board;
}

function createStatusBoard(client: Client): StatusBoard {
  const own = new Map<string, Registration>();
  const known = new KnownStatuses(client, own);

  client.handle('status.view', ({ name }) => find(name).view(), { validate: named });
  client.handle('status.update', ({ name, value }) => updateOf(name)(value as never), { validate: named });

  function find(name: string): Registration {
    const registration = own.get(name);
    if (registration === undefined) throw unknownStatus(name, [...own.keys()]);
    return registration;
  }

  function updateOf(name: string): NonNullable<Registration['update']> {
    const { update } = find(name);
    if (update === undefined) throw readOnlyStatus(name, client.pid);
    return update;
  }

  async function ask<N extends StatusRequest>(request: N, params: Params<N>, wait: number): Promise<StatusEntry[]> {
    const { name } = params;
    const deadline = performance.now() + checkTimeout(wait);
    await known.complete(wait);
    const pids = known.holders(name);
    if (pids.length === 0) throw unknownStatus(name, known.names());
    const timeout = Math.max(1, deadline - performance.now());
    return Promise.all(
      pids.map(pid =>
        client.request(pid, request, params, { timeout }).then(
          status => ({ pid, name, status }),
          (problem: unknown) => ({ pid, name, error: toError(problem) }),
        ),
      ),
    );
  }

  async function read(name: string, wait: number, reduce: Reducer | undefined): Promise<unknown> {
    const reducer = reduce === undefined ? undefined : reducerOf(reduce);
    const entries = await ask('status.view', { name }, wait);
    if (reducer === undefined) return entries;
    const answered = entries.filter(({ error }) => error === undefined);
    if (answered.length === 0) throw entries[0]?.error;
    return reducer(answered.map(({ status }) => status));
  }

  async function set(name: string, value: unknown, wait: number): Promise<unknown> {
    // Before anybody sets what the others cannot be told.
    encode(value, `The value for the status '${name}'`);
    return ask('status.update', { name, value }, wait);
  }

  return {
    register(name, view, update) {
      checkRegistration(name, view, update);
      if (own.has(name)) throw duplicateStatus(name);
      own.set(name, { view, update });
      known.announce();
    },
    unregister(name) {
      const was = own.delete(name);
      if (was) known.announce();
      return was;
    },
    statuses: () => known.names(),
    getStatus(name: string, options?: Options) {
      const { wait, reduce } = optionsOf(options);
      return TroupePromise.resolve(read(name, wait, reduce)) as TroupePromise<never>;
    },
    setStatus(name, value, options?: Options) {
      return TroupePromise.resolve(set(name, value, optionsOf(options).wait)) as TroupePromise<never>;
    },
  };
}

type Options = number | (StatusOptions & { reduce?: Reducer });

function optionsOf(options: Options = DEFAULT_WAIT): { wait: number; reduce: Reducer | undefined } {
  if (typeof options === 'number') return { wait: options, reduce: undefined };
  return { wait: options.wait ?? DEFAULT_WAIT, reduce: options.reduce };
}

function checkRegistration(name: unknown, view: unknown, update: unknown): void {
  if (typeof name !== 'string' || name === '') throw badArgument('A status needs a name: a text that is not empty.');
  if (typeof view !== 'function') throw badArgument(`The view of the status '${name}' must be a function.`);
  if (update !== undefined && typeof update !== 'function')
    throw badArgument(`The update of the status '${name}' must be a function, or left out.`);
}

/** What another process asks with: it is no more than a name, and for an update a value, which may be anything. */
function named(params: unknown): { name: string; value: unknown } {
  if (isRecord(params) && typeof params.name === 'string') return { name: params.name, value: params.value };
  throw new TypeError('a status is asked for by its name');
}
