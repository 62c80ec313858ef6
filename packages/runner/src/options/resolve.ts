import { OptionsError } from '../errors.ts';
import type { CommandLine } from './command-line.ts';
import { listenTable, runTable, type Table } from './schema.ts';
import { type Settings, settle } from './settle.ts';
import { findProblems, type Problem } from './validate.ts';

/**
 * The master's way to its settings: the options checked, with all problems in one error, and settled.
 *
 * @throws OptionsError `TROUPE_ERR_OPTIONS`
 */
export async function resolveOptions(
  kind: 'listen' | 'run',
  code: unknown,
  argv: readonly string[],
): Promise<{ settings: Settings; flags: Record<string, unknown> }> {
  const table = kind === 'listen' ? listenTable : runTable;
  const line = argv.length > 0 ? await parse(argv, table) : NOTHING_SAID;
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

const NOTHING_SAID: CommandLine = { options: {}, problems: [] };

/** The parser takes 6 ms to load, and most clusters are started without a flag. */
async function parse(argv: readonly string[], table: Table): Promise<CommandLine> {
  const { readCommandLine } = await import('./command-line.ts');
  return readCommandLine(argv, table);
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
