import type { Client, DebugLease, TrafficReport, WorkerExit, WorkerInfo } from '@troupe/ipc';
import { columns, duration } from './text.ts';
import { UsageError } from './usage-error.ts';

/** What a cluster answered: for people, and for programs. */
interface Answer {
  text: string;
  value: unknown;
}

interface Command {
  /** What may follow its name. */
  args: string;
  about: string;
  /** @throws UsageError before anything is asked */
  read(args: readonly string[]): (cluster: Client) => Promise<Answer>;
}

/** A reload takes as long as the slowest warm-up and the longest request in flight; the cluster bounds both. The longest timer. */
const NO_LIMIT = 2 ** 31 - 1;

export const commands: Readonly<Record<string, Command>> = {
  status: {
    args: '',
    about: 'whether it gets traffic, and its workers',
    read: args => {
      takes(args, 0);
      return async cluster => {
        const [traffic, workers, leases] = await Promise.all([
          cluster.request('master', 'traffic.report', undefined),
          cluster.request('master', 'workers.list', undefined),
          cluster.request('master', 'debug.leases', undefined),
        ]);
        const debugging = leases.map(({ agent: _agent, door: _door, root: _root, ...lease }) => lease);
        const parts = [describe(traffic), list(workers), ...(debugging.length > 0 ? [listDebugging(debugging)] : [])];
        return { text: parts.join('\n\n'), value: { traffic, workers, debugging } };
      };
    },
  },
  exits: {
    args: '',
    about: 'the last workers that ended, and why',
    read: args => {
      takes(args, 0);
      return async cluster => {
        const exits = await cluster.request('master', 'workers.exits', undefined);
        return { text: exits.length > 0 ? listExits(exits) : 'no worker has ended', value: exits };
      };
    },
  },
  reload: {
    args: '',
    about: 'replace every worker by one with the code that is there now; all or none',
    read: args => {
      takes(args, 0);
      return async cluster => {
        const result = await cluster.request('master', 'cluster.reload', undefined, { timeout: NO_LIMIT });
        const left = result.skipped.length > 0 ? `; left as they are, being debugged: ${result.skipped.join(' ')}` : '';
        return { text: `generation ${result.generation} serves${left}`, value: result };
      };
    },
  },
  pause: {
    args: '[pid …]',
    about: 'give these workers, or all, no new connections',
    read: args => atWorkers('workers.pause', args),
  },
  resume: {
    args: '[pid …]',
    about: 'give them connections again',
    read: args => atWorkers('workers.resume', args),
  },
  retire: {
    args: '<pid> [reason]',
    about: 'replace one worker, successor first',
    read: ([first, ...words]) => {
      const pid = wholeNumber(first, 'the pid of a worker');
      const reason = words.join(' ') || 'the command line asked for it';
      return async cluster => {
        await cluster.request('master', 'workers.retire', { pid, reason });
        return { text: `worker ${pid} leaves when its successor serves`, value: null };
      };
    },
  },
  scale: {
    args: '<n>',
    about: 'have so many workers',
    read: args => {
      takes(args, 1);
      const wanted = wholeNumber(args[0], 'a number of workers');
      return async cluster => {
        const workers = await cluster.request('master', 'cluster.scale', { wanted });
        return { text: `${wanted} workers from now on\n\n${list(workers)}`, value: workers };
      };
    },
  },
  up: { args: '', about: 'mark up: load balancers send traffic', read: args => mark('up', args) },
  down: { args: '', about: 'mark down: load balancers send none', read: args => mark('down', args) },
  stop: {
    args: '[now]',
    about: 'finish what is in flight and end; now: end at once',
    read: args => {
      takes(args, 1);
      if (args.length > 0 && args[0] !== 'now') throw new UsageError(`'stop ${args[0]}': say 'stop' or 'stop now'`);
      return async cluster => {
        await cluster.request('master', 'cluster.stop', { immediate: args[0] === 'now' });
        return { text: 'the cluster ends', value: null };
      };
    },
  },
};

function atWorkers(name: 'workers.pause' | 'workers.resume', args: readonly string[]) {
  const pids = args.map(arg => wholeNumber(arg, 'the pid of a worker'));
  return async (cluster: Client): Promise<Answer> => {
    const workers = await cluster.request('master', name, pids.length > 0 ? { pids } : {});
    return { text: list(workers), value: workers };
  };
}

function mark(to: 'up' | 'down', args: readonly string[]) {
  takes(args, 0);
  return async (cluster: Client): Promise<Answer> => {
    const traffic = await cluster.request('master', 'traffic.mark', { mark: to, by: 'the command line' });
    return { text: describe(traffic), value: traffic };
  };
}

function takes(args: readonly string[], most: number): void {
  if (args.length > most) throw new UsageError(`'${args[most]}' is one word too many`);
}

function wholeNumber(given: string | undefined, what: string): number {
  if (given !== undefined && /^[1-9]\d*$/.test(given)) return Number(given);
  throw new UsageError(
    `${given === undefined ? 'nothing was given' : `'${given}' was given`} where ${what} is expected`,
  );
}

const describe = ({ up, reasons, ready, wanted }: TrafficReport) =>
  `${up ? 'up' : `down: ${reasons.join(' ')}`}; ${ready} of ${wanted} workers ready`;

function list(workers: readonly WorkerInfo[]): string {
  const rows = workers.map(({ pid, state, generation, since, debugged }) => [
    String(pid),
    debugged ? `${state}, debugged` : state,
    String(generation),
    duration(Date.now() - since),
  ]);
  return columns(['PID', 'STATE', 'GENERATION', 'AGE'], rows);
}

/** Who debugs what, since when, and whether the program runs meanwhile. */
function listDebugging(leases: readonly Pick<DebugLease, 'pid' | 'by' | 'since' | 'state' | 'paused'>[]): string {
  const rows = leases.map(({ pid, by, since, state, paused }) => [
    String(pid),
    by,
    `${duration(Date.now() - since)} ago`,
    paused ? 'paused' : { preparing: 'being prepared', waiting: 'waits before configureApp', open: 'running' }[state],
  ]);
  return columns(['DEBUGGED', 'BY', 'SINCE', 'PROGRAM'], rows);
}

function listExits(exits: readonly WorkerExit[]): string {
  const rows = exits.map(({ pid, generation, at, asked, reason }) => [
    String(pid),
    String(generation),
    `${duration(Date.now() - at)} ago`,
    asked ? 'asked to leave' : 'by itself',
    reason,
  ]);
  return columns(['PID', 'GENERATION', 'WHEN', 'WHY', 'HOW'], rows);
}
