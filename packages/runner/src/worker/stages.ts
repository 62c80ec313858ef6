import type { Server } from 'node:net';
import type { Address } from '@troupe/ipc';
import { emitter } from '@troupe/ipc';
import type { Assignment } from '../assignment.ts';
import { RunnerError } from '../errors.ts';
import { announce } from '../lifecycle.ts';
import type { Settings } from '../options/settle.ts';
import { Accounting } from './accounting.ts';
import { Connections } from './connections.ts';
import { createDefaultServer } from './default-server.ts';
import { Departure } from './departure.ts';
import { addressOf, listenOptions, listenWithSiblings } from './listening.ts';
import { closeWarmUp, listenForWarmUp, WARM_UP_PORTS_PER_WORKER } from './warm-up.ts';

/** The stages that can fail, by the names that errors give them. */
export type Stage = 'configureApp' | 'createServer' | 'warmUp' | 'listen' | 'runnable';

/** What a worker has become when all its stages are behind it. */
export interface Stages {
  app: unknown;
  server: Server | undefined;
  address: Address | undefined;
  departure: Departure | undefined;
  /** What it has done; absent when it serves no port. */
  accounting: Accounting | undefined;
  connections: Connections | undefined;
}

/** Runs `work` under the name of its stage, so that whatever it throws can be told with it. */
type Perform = <T>(stage: Stage, work: () => T | Promise<T>) => Promise<T>;

/** What is waited for between the stages. */
interface Between {
  /** Before it warms up. */
  warming(): Promise<void>;
  /** When it is warm, and before it takes traffic. */
  warm(): Promise<void>;
}

/** Configures, warms up and listens: the order that docs/lifecycle.md promises. */
export async function serve(
  settings: Settings,
  assignment: Assignment,
  perform: Perform,
  { created, warming, warm }: Between & { created(server: Server): void },
): Promise<Stages> {
  const app = await perform(
    'configureApp',
    async () => (await settings.configureApp?.(settings.app as never)) ?? settings.app,
  );
  announce('worker:app-configured');

  const server = await perform('createServer', () => createServer(settings, app));
  created(server);
  const connections = new Connections(server);
  announce('worker:server-created');

  if (settings.warmUp) {
    // What warms up may block this process, and the master's limit for it begins with this message.
    await warming();
    await perform('warmUp', () => warmUp(settings, assignment, app, server, connections));
    connections.total = 0;
  }

  await warm();
  const accounting = new Accounting(server);
  await perform('listen', () =>
    listenWithSiblings(server, listenOptions(settings.port, settings.host), assignment.port),
  );
  announce('worker:listening');
  const departure = new Departure(server, connections, accounting);
  return { app, server, address: addressOf(server), departure, accounting, connections };
}

/** The same for a worker that serves no port. */
export async function work(settings: Settings, perform: Perform, { warming, warm }: Between): Promise<Stages> {
  await perform('configureApp', () => settings.configureApp?.(undefined as never));
  announce('worker:app-configured');
  await warming();
  const app = await perform('runnable', () => settings.runnable?.());
  announce('worker:runnable-started');
  await warm();
  return {
    app,
    server: undefined,
    address: undefined,
    departure: undefined,
    accounting: undefined,
    connections: undefined,
  };
}

async function createServer(settings: Settings, app: unknown): Promise<Server> {
  const createServer = settings.createServer ?? createDefaultServer;
  // A promise is no server, but whatever it rejects with belongs to this stage.
  const server = await (createServer as (app: unknown) => unknown)(app);
  if (isServer(server)) {
    // An http2 server with allowHTTP1 does not show the property, but heeds it.
    if (settings.timeout !== undefined) server.keepAliveTimeout = settings.timeout;
    return server;
  }
  throw new RunnerError(
    'TROUPE_ERR_NOT_A_SERVER',
    `createServer(app) returned ${server === null ? 'null' : typeof server}; it has to return a server: http, https, http2 or net`,
  );
}

async function warmUp(
  settings: Settings,
  { id }: Assignment,
  app: unknown,
  server: Server,
  connections: Connections,
): Promise<void> {
  const size = settings.noWorkers * WARM_UP_PORTS_PER_WORKER;
  const address = await listenForWarmUp(server, { base: settings.warmUpPort, size, first: id - 1 });
  announce('worker:warm-up-listening');
  emitter.emit(`worker-${process.pid}-warming`, address);
  await withinTime(settings.warmUpTimeout, async () => settings.warmUp?.(app as never, address));
  announce('worker:warmed-up');
  await closeWarmUp(server, connections);
  announce('worker:warm-up-closed');
}

async function withinTime(timeout: number, work: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const hint = 'it has to return a value, or a promise that settles (warmUpTimeout sets the limit)';
      reject(new RunnerError('TROUPE_ERR_STAGE_TIMEOUT', `warmUp has not settled within ${timeout} ms; ${hint}`));
    }, timeout);
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function isServer(value: unknown): value is Server & { keepAliveTimeout?: number } {
  return typeof value === 'object' && value !== null && 'listen' in value && 'address' in value && 'on' in value;
}
