import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { within } from './deadline.ts';
import { isAlive, processesWith } from './processes.ts';

const end = (pid: number) => isAlive(pid) && process.kill(pid, 'SIGKILL');

/** A line of JSON that a fixture printed with `say`, or that the cluster logged. */
export type Line = Record<string, unknown> & { event?: string; msg?: string; pid?: number };

export interface Launch {
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Another Node than the one that runs the tests; TROUPE_TEST_NODE sets it for all. */
  node?: string;
  /** What the test leaves behind on purpose, by killing the master. */
  leavesRunDirectory?: boolean;
  /** Has stdout on a full disk; fixtures say what they have to say on stderr then. */
  fullDisk?: boolean;
}

const fixtures = join(import.meta.dirname, '..', 'dist', 'fixtures');

/** The debugger's own port is the same for all clusters unless it is said; what a test says in code counts more than this. */
const OWN_PORTS = ['--debug.webPort=0'];

/**
 * A real cluster as a child process. It is ended when the test finishes, and then no process of it may be left, nor any
 * file in its run directory.
 */
export class Cluster {
  readonly child: ChildProcess;
  readonly lines: Line[] = [];
  /** What it printed that is no JSON. */
  output = '';
  readonly #marker: string;
  /** Its private XDG_RUNTIME_DIR. */
  readonly runtime: string;
  readonly #waiting = new Set<() => void>();
  readonly #closed: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  private constructor(script: string, launch: Launch, runtime: string) {
    this.runtime = runtime;
    this.#marker = `TROUPE_TEST=${randomUUID()}`;
    const [name = '', value = ''] = this.#marker.split('=');
    const full = launch.fullDisk ? openSync('/dev/full', 'w') : undefined;
    const node = launch.node ?? process.env.TROUPE_TEST_NODE ?? process.execPath;
    this.child = spawn(node, [script, ...(launch.args ?? []), ...OWN_PORTS], {
      cwd: launch.cwd,
      env: {
        ...process.env,
        XDG_RUNTIME_DIR: runtime,
        LOG_LEVEL: 'debug',
        ...(full && { SAY_ON: 'stderr' }),
        ...launch.env,
        [name]: value,
      },
      stdio: ['ignore', full ?? 'pipe', 'pipe'],
    });
    if (full !== undefined) closeSync(full);
    this.#closed = once(this.child, 'close').then(([code, signal]) => ({ code, signal }));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', line => this.#read(line));
    }
  }

  /** Starts a fixture of `test/fixtures` by its name, or any script by its path. */
  static async start(fixture: string, launch: Launch = {}): Promise<Cluster> {
    const script = fixture.includes('/') ? fixture : join(fixtures, `${fixture}.js`);
    const runtime = await mkdtemp(join(tmpdir(), 'troupe-test-'));
    const cluster = new Cluster(script, launch, runtime);
    onTestFinished(() => cluster.#finish(launch.leavesRunDirectory ?? false));
    return cluster;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the cluster could not be started');
    return this.child.pid;
  }

  /** The first line, past or to come, that fits. */
  line(what: string, fits: (line: Line) => boolean, deadline?: number): Promise<Line> {
    return this.#until(what, () => this.lines.find(fits), deadline);
  }

  /** Where it said what fits, in plain text. */
  printed(pattern: RegExp, deadline?: number): Promise<RegExpExecArray> {
    return this.#until(`output ${pattern}`, () => pattern.exec(this.output) ?? undefined, deadline);
  }

  /** What a fixture said with `say(event, …)`; `count` is for events that are said more than once. */
  async event(event: string, count = 1, deadline?: number): Promise<Line> {
    await this.line(`event ${event} (${count})`, () => this.events(event).length >= count, deadline);
    return this.events(event)[count - 1] ?? {};
  }

  events(event: string): Line[] {
    return this.lines.filter(line => line.event === event);
  }

  /** What the master said when it was up. So have its workers said by then: they may do it a moment after the master. */
  async up(workers = 2): Promise<Line> {
    const [up] = await Promise.all([this.event('up'), this.event('worker-up', workers)]);
    return up;
  }

  /** The pids of the workers that have said that they are up, in that order. */
  workersUp(): number[] {
    return this.events('worker-up').map(({ pid }) => Number(pid));
  }

  /** A line of the log. */
  logged(pattern: RegExp, deadline?: number): Promise<Line> {
    return this.line(`log line ${pattern}`, line => typeof line.msg === 'string' && pattern.test(line.msg), deadline);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves when the master has ended and its output is read to the end. */
  exit(deadline?: number): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return within(this.#closed, () => `the master to exit:\n${this.transcript()}`, deadline);
  }

  /** Every living process of this cluster but the master. */
  async others(): Promise<number[]> {
    return (await processesWith(this.#marker)).filter(pid => pid !== this.child.pid);
  }

  /** Resolves when no process of the cluster is left. */
  async allGone(deadline = 20_000): Promise<void> {
    const until = performance.now() + deadline;
    for (let left = await processesWith(this.#marker); left.length > 0; left = await processesWith(this.#marker)) {
      if (performance.now() > until) throw new Error(`processes ${left.join(', ')} are left:\n${this.transcript()}`);
    }
  }

  /** The run directories of this cluster that still exist. */
  async runDirectories(): Promise<string[]> {
    const ours = join(this.runtime, `troupe-${process.getuid?.()}`);
    return existsSync(ours) ? readdir(ours) : [];
  }

  transcript(): string {
    return [...this.lines.map(line => JSON.stringify(line)), this.output].slice(-60).join('\n');
  }

  /** Looks at once, and again after each line. */
  async #until<T>(what: string, find: () => T | undefined, deadline?: number): Promise<T> {
    const found = find();
    if (found !== undefined) return found;
    let wake = () => {};
    const arrival = new Promise<T>(resolve => {
      wake = () => {
        const found = find();
        if (found !== undefined) resolve(found);
      };
      this.#waiting.add(wake);
    });
    const gone = this.#closed.then(({ code, signal }) => {
      throw new Error(`the cluster ended (${code ?? signal}) before ${what}:\n${this.transcript()}`);
    });
    gone.catch(() => {});
    try {
      return await within(Promise.race([arrival, gone]), () => `${what}:\n${this.transcript()}`, deadline);
    } finally {
      this.#waiting.delete(wake);
    }
  }

  #read(line: string): void {
    try {
      this.lines.push(JSON.parse(line) as Line);
    } catch {
      // Not every line is JSON: stack traces, for one.
      this.output += `${line}\n`;
    }
    for (const wake of this.#waiting) wake();
  }

  async #finish(leavesRunDirectory: boolean): Promise<void> {
    const ended = this.child.exitCode !== null || this.child.signalCode !== null;
    // What hangs would keep the output of the master open, which is waited for.
    if (!ended) for (const pid of [this.pid, ...(await processesWith(this.#marker))]) end(pid);
    await this.#closed;
    const left = await processesWith(this.#marker);
    for (const pid of left) end(pid);
    const directories = await this.runDirectories();
    await rm(this.runtime, { recursive: true, force: true });
    if (!ended) return;
    if (left.length > 0) throw new Error(`the cluster left processes behind: ${left.join(', ')}\n${this.transcript()}`);
    if (directories.length > 0 && !leavesRunDirectory)
      throw new Error(`the cluster left ${directories.join(', ')} behind`);
  }
}
