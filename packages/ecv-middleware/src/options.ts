import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Guard } from '@troupe/guard';
import { badOptions } from './errors.ts';
import type { Bus } from './host.ts';

/** What a validator sees of the application's answer. */
export interface MonitorResponse {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
}

/** Whether the application is well. `response` and `body` are undefined when there is an error. */
export type Validator = (
  error: Error | null,
  response: MonitorResponse | undefined,
  body: string | undefined,
) => boolean | Promise<boolean>;

export type Answer = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

export interface EcvOptions {
  /**
   * `control` answers by the cluster's state and its mark; `monitor` asks the application, too.
   * @default 'control'
   */
  mode?: 'control' | 'monitor' | undefined;
  /** The path load balancers ask. Everything else hangs below it. @default '/ecv' */
  root?: string | undefined;
  /** @default `<root>/markUp`; `<root>/enable` does the same */
  markUp?: string | undefined;
  /** @default `<root>/markDown`; `<root>/disable` does the same */
  markDown?: string | undefined;
  /**
   * Monitor mode: an absolute URL, or a path on the application's own address. Without a cluster that is the server the
   * probe came in on. @default '/'
   */
  monitor?: string | undefined;
  /** Monitor mode. @default no error and status 200 */
  validator?: Validator | undefined;
  /** Monitor mode: how long the application may take, ms. @default 3000 */
  timeout?: number | undefined;
  /** Monitor mode: the application is asked once per so many ms at most. @default 1000 */
  interval?: number | undefined;
  /** Start marked down. Counts without a cluster; a cluster has `ecv.disabled` of `listen()`. @default false */
  disabled?: boolean | undefined;
  /** cluster2's other name for `disabled`. */
  disable?: boolean | undefined;
  /** Fewer ready workers than this is down; to a process without a cluster it means nothing. @default 1 */
  minWorkers?: number | undefined;
  /** File that keeps the mark across restarts of a process without a cluster. @default none */
  persist?: string | undefined;
  /** TCP port for HAProxy's agent-check; 0 takes a free one. @default none */
  agentPort?: number | undefined;
  /** Who may mark, and see reasons. @default the process's default guard */
  guard?: Guard | undefined;
  /** The bus. @default connect() of `@troupe/ipc`, at the first request */
  client?: Bus | undefined;
  /** Answers in place of the built-in 200. Headers are set already. */
  positive?: Answer | undefined;
  /** Answers in place of the built-in 500. Headers are set already. */
  negative?: Answer | undefined;
}

export interface Settings {
  mode: 'control' | 'monitor';
  root: string;
  markUp: readonly string[];
  markDown: readonly string[];
  monitor: string;
  validator: Validator;
  timeout: number;
  interval: number;
  disabled: boolean;
  persist: string | undefined;
  agentPort: number | undefined;
  guard: Guard | undefined;
  client: Bus | undefined;
  positive: Answer | undefined;
  negative: Answer | undefined;
}

/** @throws TROUPE_ERR_ECV_OPTIONS with every problem there is */
export function withDefaults(options: EcvOptions): Settings {
  const root = (options.root ?? '/ecv').replace(/(?<=.)\/$/, '');
  const below = (name: string) => `${root === '/' ? '' : root}/${name}`;
  const settings: Settings = {
    mode: options.mode ?? 'control',
    root,
    markUp: [options.markUp ?? below('markUp'), below('enable')],
    markDown: [options.markDown ?? below('markDown'), below('disable')],
    monitor: options.monitor ?? '/',
    validator: options.validator ?? ((error, response) => error === null && response?.statusCode === 200),
    timeout: options.timeout ?? 3_000,
    interval: options.interval ?? 1_000,
    disabled: options.disabled === true || options.disable === true,
    persist: options.persist,
    agentPort: options.agentPort,
    guard: options.guard,
    client: options.client,
    positive: options.positive,
    negative: options.negative,
  };
  const problems = problemsOf(settings, options.minWorkers ?? 1);
  if (problems.length > 0) throw badOptions(problems);
  return settings;
}

function problemsOf(settings: Settings, minWorkers: number): string[] {
  const problems: string[] = [];
  const check = (name: string, value: unknown, ok: boolean, allowed: string) => {
    if (!ok) problems.push(`${name} is ${JSON.stringify(value)}, but must be ${allowed}`);
  };
  check('mode', settings.mode, ['control', 'monitor'].includes(settings.mode), "'control' or 'monitor'");
  for (const path of [settings.root, ...settings.markUp, ...settings.markDown]) {
    check('a route', path, /^\/[^?#]*$/.test(path), 'a path that begins with "/"');
  }
  check('monitor', settings.monitor, isTarget(settings.monitor), 'a path that begins with "/", or an http(s) URL');
  check('timeout', settings.timeout, settings.timeout > 0, 'more than 0 ms');
  check('interval', settings.interval, settings.interval >= 0, '0 ms or more');
  check('minWorkers', minWorkers, Number.isInteger(minWorkers) && minWorkers >= 0, 'a whole number');
  const port = settings.agentPort ?? 0;
  check('agentPort', port, Number.isInteger(port) && port >= 0 && port <= 65_535, 'a port');
  return problems;
}

function isTarget(monitor: string): boolean {
  return monitor.startsWith('/') || (/^https?:\/\//.test(monitor) && URL.canParse(monitor));
}
