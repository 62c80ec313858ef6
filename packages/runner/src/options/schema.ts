/**
 * Every option once: what it allows, in words and as a check, and whether the command line can set it.
 *
 * valibot rather than zod: it loads in 7 ms where zod takes 60, and the master loads this before its first fork.
 */
import * as v from 'valibot';

/** How the text of a command-line flag becomes a value; options without one are set in code only. */
export type FlagKind = 'number' | 'string' | 'boolean' | 'numberOrString' | 'list';

export interface Leaf {
  /** Completes the sentence "allowed: …". */
  allowed: string;
  schema: v.GenericSchema;
  flag?: FlagKind;
  /** The value must not stand in a message. */
  secret?: true;
}
export interface Group {
  entries: Table;
  /** The whole group may be switched with a boolean. */
  switchable: boolean;
}
export interface Table {
  [option: string]: Leaf | Group;
}

const leaf = (allowed: string, schema: v.GenericSchema, flag?: FlagKind): Leaf =>
  flag ? { allowed, schema, flag } : { allowed, schema };
const group = (entries: Table, switchable = false): Group => ({ entries, switchable });

const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
/** The longest delay that Node's timers can hold, about 24.8 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

const bool = () => leaf('true or false', v.boolean(), 'boolean');
const text = (what: string) => leaf(what, v.pipe(v.string(), v.minLength(1)), 'string');
const offOrText = (what: string) =>
  leaf(`${what}, or false`, v.union([v.literal(false), v.pipe(v.string(), v.minLength(1))]), 'string');
const milliseconds = (least = 0) =>
  leaf(`milliseconds, ${least} to ${LONGEST_TIMER}`, whole(least, LONGEST_TIMER), 'number');
const port = () => leaf('a port number, 0 to 65535', whole(0, 65_535), 'number');
const offOrCount = () => leaf('a whole number, 1 or more, or false', v.union([v.literal(false), whole(1)]), 'number');
const callback = (signature: string) => leaf(`a function ${signature}`, v.function());
const route = () => leaf('a path that begins with /', v.pipe(v.string(), v.regex(/^\/\S*$/)), 'string');
const methods = (what: string, ...names: string[]) =>
  leaf(
    what,
    v.custom(
      value => Object(value) === value && names.every(name => typeof Reflect.get(Object(value), name) === 'function'),
    ),
  );

/** What `listen` and `run` have in common. */
const common: Table = {
  noWorkers: leaf('a whole number, 1 to 1024', whole(1, 1024), 'number'),
  configureApp: callback('(app) => app, or a promise of it'),
  warmUpTimeout: milliseconds(1),
  monApp: callback('(req, res)'),
  monPort: port(),
  monHost: text('a host name or an IP address'),
  monCreateServer: callback('(app) => server'),
  monConfigureApp: callback('(monApp) => monApp, or a promise of it'),
  ecv: group(
    {
      mode: leaf("'control' or 'monitor'", v.picklist(['control', 'monitor']), 'string'),
      root: route(),
      markUp: route(),
      markDown: route(),
      monitor: leaf(
        'an absolute http(s) URL, or a path that begins with /',
        v.pipe(v.string(), v.regex(/^(\/|https?:\/\/)\S*$/)),
        'string',
      ),
      validator: callback('(error, response, body) => boolean'),
      disabled: bool(),
      disable: bool(),
      minWorkers: leaf('a whole number, 0 or more', whole(0), 'number'),
      interval: milliseconds(),
      persist: offOrText('the path of a file'),
      agentPort: leaf('a port number, 0 to 65535, or false', v.union([v.literal(false), whole(0, 65_535)]), 'number'),
    },
    true,
  ),
  metrics: group({ path: route(), timeout: milliseconds(1) }, true),
  debug: group(
    { enable: bool(), webPort: port(), saveLiveEdit: bool(), lease: milliseconds(1), standby: bool() },
    true,
  ),
  cache: group({
    enable: bool(),
    mode: leaf("'standalone' or 'master'", v.picklist(['standalone', 'master']), 'string'),
    domainPath: text('a path'),
    persistPath: text('a path'),
  }),
  gc: group({ monitor: bool(), explicit: bool(), 'idle-notification': bool(), 'idle-noitification': bool() }),
  heartbeatInterval: milliseconds(10),
  maxAge: leaf('seconds; 0 or less for no limit', v.pipe(v.number(), v.finite()), 'number'),
  shouldKill: callback('(heartbeat) => boolean or a reason'),
  nanny: group({ enable: bool(), tolerance: milliseconds(1) }),
  stopTimeout: milliseconds(1),
  drainDelay: milliseconds(),
  maxConnections: offOrCount(),
  connThreshold: offOrCount(),
  autopsy: group({
    enable: bool(),
    timeout: milliseconds(1),
    maxHeap: leaf('bytes, 1 or more', whole(1), 'number'),
  }),
  reload: group({ canary: milliseconds(), minRequests: leaf('a whole number, 0 or more', whole(0), 'number') }),
  shutDown: callback('(app, server)'),
  envFile: text('the path of a file'),
  startTimeout: milliseconds(1),
  acceptWait: milliseconds(),
  pids: offOrText('the path of a directory'),
  monToken: { ...leaf('a text of at least 8 characters', v.pipe(v.string(), v.minLength(8)), 'string'), secret: true },
  monTrustLoopback: bool(),
  monAllowedHosts: leaf('a list of host names', v.array(v.pipe(v.string(), v.minLength(1))), 'list'),
  guard: methods('a guard: an object with authorize(req, access)', 'authorize'),
  logger: methods('a logger: an object with debug, info, warn and error', 'debug', 'info', 'warn', 'error'),
  getLogger: callback('(name) => logger'),
};

/** The options of `listen`. */
export const listenTable: Table = {
  ...common,
  app: leaf(
    'an Express or Connect application, or any handler that createServer takes',
    v.union([v.function(), v.looseObject({})]),
  ),
  port: leaf(
    'a port number, 0 to 65535, or the path of a Unix socket',
    v.union([whole(0, 65_535), v.pipe(v.string(), v.regex(/[/\\]/))]),
    'numberOrString',
  ),
  host: text('a host name or an IP address'),
  createServer: callback('(app) => server'),
  warmUp: callback('(app, address), or a promise'),
  warmUpPort: port(),
  timeout: milliseconds(),
};

/** The options of `run`. */
export const runTable: Table = { ...common, runnable: callback('() => value, or a promise of it') };

export const isGroup = (entry: Leaf | Group): entry is Group => 'entries' in entry;
