import { parseArgs } from 'node:util';
import { findCluster } from './cluster.ts';
import { commands } from './commands.ts';
import { UsageError } from './usage-error.ts';

/** What the command's exit code says. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Where the command writes. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

const standard: Streams = {
  out: text => process.stdout.write(`${text}\n`),
  err: text => process.stderr.write(`${text}\n`),
};

/**
 * The `troupe` command: asks a running cluster of this user for something, over its bus.
 * @returns 0 when it is done, 1 when the cluster refused or failed to do it or cannot be reached, 2 when the command makes no sense
 */
export async function main(argv: readonly string[], { out, err }: Streams = standard): Promise<number> {
  try {
    const { values, positionals } = parse(argv);
    const [name, ...args] = positionals;
    if (values.help || name === undefined) {
      out(help());
      return name === undefined && !values.help ? EXIT.usage : EXIT.done;
    }
    const command = commands[name];
    if (!command) throw new UsageError(`there is no command '${name}'`);
    const request = command.read(args);
    const cluster = await findCluster(values.socket);
    try {
      const answer = await request(cluster);
      out(values.json ? JSON.stringify(answer.value, null, 2) : answer.text);
    } finally {
      await cluster.close();
    }
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    err(`troupe: ${error.message}`);
    if (!(error instanceof UsageError)) return EXIT.failed;
    err("'troupe --help' lists what can be asked");
    return EXIT.usage;
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        socket: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function help(): string {
  const usages = Object.entries(commands).map(([name, { args, about }]) => [`${name} ${args}`.trim(), about] as const);
  const width = Math.max(...usages.map(([usage]) => usage.length));
  return [
    'troupe <command>: looks after a running cluster of this user',
    '',
    ...usages.map(([usage, about]) => `  ${usage.padEnd(width)}  ${about}`),
    '',
    `  --socket <path>  the cluster's bus, if there are several; default: TROUPE_SOCKET, else the only one there is`,
    '  --json           the answer as JSON',
    '',
    'Exit code 0: done. 1: the cluster failed to do it, refused, or is not there. 2: the command makes no sense.',
  ].join('\n');
}
