import type { Server } from 'node:net';
import type { Guard } from '@troupe/guard';
import type { Logger } from '../log/logger.ts';
import type { Assertion } from '../recycling/assertion.ts';

/** An Express or Connect application, or any handler that `createServer` takes. */
export type App = object;

/** What a monitor probe of the application returned, as `ecv.validator` sees it. */
export interface ProbedResponse {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
}

/** The health check that load balancers poll; see `@troupe/ecv-middleware`. */
export interface EcvSettings {
  /** `control`: the verdict of the cluster and the mark. `monitor`: the application is asked as well. @default 'control' */
  mode?: 'control' | 'monitor';
  /** The probe's route. @default '/ecv' */
  root?: string;
  /** @default '/ecv/markUp' */
  markUp?: string;
  /** @default '/ecv/markDown' */
  markDown?: string;
  /** Monitor mode: an absolute URL, or a path on the application's port. @default '/' */
  monitor?: string;
  /** Monitor mode: whether the answer is a healthy one. @default no error and status 200 */
  validator?: (error: Error | null, response: ProbedResponse | undefined, body: string | undefined) => boolean;
  /** Start marked down. @default false */
  disabled?: boolean;
  /** cluster2's spelling of `disabled`. */
  disable?: boolean;
  /** Down while fewer workers than this are ready. @default 1 */
  minWorkers?: number;
  /** Monitor mode asks the application at most once in this time, ms. @default 1000 */
  interval?: number;
  /** A file that keeps the mark across restarts of the master. @default off */
  persist?: string | false;
  /** TCP port of HAProxy's agent-check; 0 picks one. @default off */
  agentPort?: number | false;
}

/** `/metrics` on the monitor; see `@troupe/metrics-middleware`. */
export interface MetricsSettings {
  /** @default '/metrics' */
  path?: string;
  /** How long workers may take to answer, ms. @default 1000 */
  timeout?: number;
}

export interface DebugSettings {
  /** @default true; in production only with a `monToken` */
  enable?: boolean;
  /** The debugger's port. @default 8082 */
  webPort?: number;
  /** Write successful live edits to disk. @default false */
  saveLiveEdit?: boolean;
  /** Idle time after which a debugging lease ends, ms. @default 1800000 */
  lease?: number;
  /**
   * Keep a debugging agent ready in each worker, for 10 MB: without one a worker that runs in circles cannot be debugged.
   * @default true, false in production
   */
  standby?: boolean;
}

export interface CacheSettings {
  /** @default true */
  enable?: boolean;
  /** The manager runs as a process of its own, or in the master. @default 'standalone' */
  mode?: 'standalone' | 'master';
  /** Where the manager's socket is. @default the private run directory */
  domainPath?: string;
  /** Where persistent caches are kept. @default './cluster-cache-persist' */
  persistPath?: string;
}

export interface GcSettings {
  /** Report garbage collections in heartbeats. @default true */
  monitor?: boolean;
  /** Expose `gc()` in workers. @default false */
  explicit?: boolean;
  /** No longer exists in V8: accepted, warned about once, ignored. */
  'idle-notification'?: boolean;
  /** The spelling in cluster2's README. */
  'idle-noitification'?: boolean;
}

export interface NannySettings {
  /** @default true */
  enable?: boolean;
  /** A worker whose heartbeat is overdue by this much is replaced, ms. @default 180000 */
  tolerance?: number;
}

export interface ReloadSettings {
  /** How long the first successor is watched before the others follow, ms. @default 0 */
  canary?: number;
  /** Fewer requests than this make an observation inconclusive. @default 0 */
  minRequests?: number;
}

/** What filled the memory of a worker that is replaced for it: docs/lifecycle.md. */
export interface AutopsySettings {
  /** @default false */
  enable?: boolean;
  /** How long it may hold up the end of a worker, ms. @default 15000 */
  timeout?: number;
  /** A worker with more of V8's heap in use is not examined, bytes: the count takes up to twice as much again. @default 536870912 */
  maxHeap?: number;
}

/** What `listen` and `run` have in common. */
export interface CommonOptions<A extends App = App> {
  /** How many workers. @default os.availableParallelism() */
  noWorkers?: number;
  /** Prepares the application in a worker; the application it returns (or promises) is used, or `app` if that is nothing. @default identity */
  configureApp?: (app: A) => unknown;
  /** How long `warmUp` may take, ms. @default 60000 */
  warmUpTimeout?: number;
  /** The monitor application. @default an Express application for `monConfigureApp`, else nothing but Troupe's own routes */
  monApp?: App;
  /** The monitor's port; 0 picks one. @default 8081 */
  monPort?: number;
  /** @default all interfaces: load balancers must reach ECV */
  monHost?: string;
  /** @default http.createServer */
  monCreateServer?: (app: never) => Server;
  /** Prepares the monitor application; the returned one is used. @default identity */
  monConfigureApp?: (monApp: never) => unknown;
  /** `false` turns the health check off. */
  ecv?: EcvSettings | boolean;
  /** `false` turns `/metrics` off. */
  metrics?: MetricsSettings | boolean;
  /** `false` turns the live page and the debugger off. */
  debug?: DebugSettings | boolean;
  cache?: CacheSettings;
  gc?: GcSettings;
  /** ms. @default 5000 */
  heartbeatInterval?: number;
  /** A worker's greatest age, seconds, ±10 %; 0 or less: no limit. @default 259200 */
  maxAge?: number;
  /**
   * Whether a worker should be replaced, judged by each of its heartbeats, in the master; a string is the reason.
   * @default anyOf(assertOld(maxAge), assertBadGC())
   */
  shouldKill?: Assertion;
  nanny?: NannySettings;
  /** How long a leaving worker may take before it is ended, ms. @default 60000 */
  stopTimeout?: number;
  /** How long ECV is down before a stopping cluster closes its listener, ms. @default 0 */
  drainDelay?: number;
  /** Replace a worker after so many connections. @default off */
  maxConnections?: number | false;
  /** cluster2 0.4's name of `maxConnections`. */
  connThreshold?: number | false;
  autopsy?: AutopsySettings;
  reload?: ReloadSettings;
  /** Called in a worker that begins to leave; a promise is waited for. */
  shutDown?: (app: A, server: Server | undefined) => unknown;
  /** Read again at each reload for the workers. @default none */
  envFile?: string;
  /** How long the first generation may take before `listen` rejects, ms. @default 60000 */
  startTimeout?: number;
  /** How long a connection waits while no worker is ready but one is coming, ms. @default 5000 */
  acceptWait?: number;
  /** A directory for pid files: `master.pid`, `worker.<n>.pid`. @default off */
  pids?: string | false;
  /** The token that lets remote visitors in. @default TROUPE_MON_TOKEN */
  monToken?: string;
  /** Whether processes of this user on this machine are let in without the token. @default true */
  monTrustLoopback?: boolean;
  /** Further names under which the monitor may be called. @default none */
  monAllowedHosts?: string[];
  /** Who may call the monitor's routes. @default the guard of `@troupe/guard` */
  guard?: Guard;
  /** Where log lines go. @default pino */
  logger?: Logger;
  /** cluster2's way to say the same. */
  getLogger?: (name: string) => Logger;
}

/** @see listen */
export interface ListenOptions<A extends App = App> extends CommonOptions<A> {
  /** Express or Connect application, or any handler that `createServer` takes. */
  app: A;
  /** The application's port, or the path of a Unix socket; 0 picks a port. @default 8080 */
  port?: number | string;
  /** @default all interfaces */
  host?: string;
  /**
   * Makes the server: http, https, http2 or plain net. Called once in each worker.
   * @default `http.createServer`, for an Express application on Node 20 and 22 with the request and response classes that
   * Express would make of Node's: docs/architecture.md, "Express before Node 24"
   */
  createServer?: (app: never) => Server;
  /** Warms the worker up before it takes traffic: `address` is its own, no other worker can get these requests. @default identity */
  warmUp?: (app: A, address: { port: number; address: string; family: string }) => unknown;
  /** Where warm-up requests go: 0 is an ephemeral loopback port, another number the first of a range of 3 × noWorkers. @default 0 */
  warmUpPort?: number;
  /** How long an idle keep-alive connection stays open, ms. @default Node's own */
  timeout?: number;
}

/** @see run */
export interface RunOptions<T = unknown> extends Omit<CommonOptions, 'shutDown'> {
  /**
   * The work of one worker. The worker is ready once the returned value or promise is there: a runnable that works for
   * ever starts its loop and returns. The value is handed to `shutDown` when the worker leaves.
   */
  runnable: () => T | Promise<T>;
  /** Called in a worker that begins to leave, with what `runnable` returned; a promise is waited for. */
  shutDown?: (value: T) => unknown;
}
