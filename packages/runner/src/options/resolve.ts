import { OptionsError } from '../errors.ts';
import { readCommandLine } from './command-line.ts';
import { defaults } from './defaults.ts';
import { merge } from './merge.ts';
import type { ListenOptions, RunOptions } from './options.ts';
import { listenTable, runTable } from './schema.ts';
import { findProblems, type Problem } from './validate.ts';

type Defaults = ReturnType<typeof defaults>;

/** Options with every default in its place. `ecv` and `debug` are `false` when switched off. */
export type Settled<O> = Omit<O, keyof Defaults> &
  Omit<Defaults, 'ecv' | 'debug'> & {
    ecv: (Exclude<ListenOptions['ecv'], boolean | undefined> & Defaults['ecv']) | false;
    debug: (Exclude<ListenOptions['debug'], boolean | undefined> & Defaults['debug']) | false;
  };
/** What the processes of a cluster work with, whichever of `listen` and `run` they were started by. */
export type Settings = Settled<ListenOptions<never> | RunOptions> &
  Partial<Pick<ListenOptions<never>, 'app' | 'host' | 'createServer' | 'warmUp' | 'timeout'>> &
  Partial<Pick<RunOptions, 'runnable'>>;

/**
 * The master's way to its settings: options in code > command line > defaults, all problems in one error.
 *
 * @throws OptionsError `TROUPE_ERR_OPTIONS`
 */
export function resolveOptions(
  kind: 'listen' | 'run',
  code: unknown,
  argv: readonly string[],
): { settings: Settings; flags: Record<string, unknown> } {
  const table = kind === 'listen' ? listenTable : runTable;
  const line = readCommandLine(argv, table);
  const problems = [
    ...findProblems(code ?? {}, table),
    ...line.problems,
    ...findProblems(line.options, table).map(({ path, message }) => ({ path: `--${path}`, message })),
  ];
  const settings = settle(code ?? {}, line.options);
  const required = kind === 'listen' ? 'app' : 'runnable';
  if (settings[required] === undefined && !problems.some(problem => problem.path === required)) {
    problems.push({ path: required, message: `missing: ${kind}({ ${required} }) needs it` });
  }
  if (problems.length === 0) problems.push(...equalPorts(settings, kind));
  if (problems.length > 0) throw new OptionsError(kind, problems);
  return { settings, flags: line.options };
}

/**
 * A worker's way to its settings: the same precedence, but the command line comes from the master, which has checked
 * it. So a worker loads neither the validation nor the command-line parser.
 */
export function settle(code: unknown, flags: Record<string, unknown>): Settings {
  const settings = merge(merge(defaults(), flags), code) as Settings;
  // cluster2's other names for the same.
  if (settings.ecv && settings.ecv.disable !== undefined) settings.ecv.disabled = settings.ecv.disable;
  if (settings.connThreshold !== undefined) settings.maxConnections ??= settings.connThreshold;
  return settings;
}

function equalPorts(settings: Settings, kind: 'listen' | 'run'): Problem[] {
  const taken = new Map<number, string>();
  const candidates: [string, unknown][] = [
    ...(kind === 'listen'
      ? ([
          ['port', settings.port],
          ['warmUpPort', settings.warmUpPort],
        ] as [string, unknown][])
      : []),
    ['monPort', settings.monPort],
    ['debug.webPort', settings.debug ? settings.debug.webPort : undefined],
    ['ecv.agentPort', settings.ecv ? settings.ecv.agentPort : undefined],
  ];
  return candidates.flatMap(([path, port]) => {
    if (typeof port !== 'number' || port === 0) return [];
    const other = taken.get(port);
    taken.set(port, path);
    return other ? [{ path, message: `given ${port}, which ${other} has too: every port must be another` }] : [];
  });
}
