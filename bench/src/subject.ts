import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { install } from './install.ts';

// Once for each bench, so that no older build is measured.
install();

/** How often it is looked whether a killed process is gone, ms. */
const CLEARING = 5;

/** What is measured: one of `peers/`, as a cluster of its own. */
export class Subject {
  readonly child: ChildProcess;
  readonly port: number;
  /** From the spawn to the line that says that all workers are ready, ms. */
  readonly startUp: number;

  private constructor(child: ChildProcess, port: number, startUp: number) {
    this.child = child;
    this.port = port;
    this.startUp = startUp;
  }

  static async start(peer: string, environment: NodeJS.ProcessEnv = {}): Promise<Subject> {
    const began = performance.now();
    const child = spawn(process.execPath, [join(import.meta.dirname, 'peers', `${peer}.js`)], {
      env: { ...process.env, NODE_ENV: 'production', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let startUp = Number.NaN;
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', code => reject(new Error(`${peer} ended with ${code} before it was ready`)));
      createInterface({ input: child.stdout }).on('line', line => {
        const { ready, port } = line.startsWith('{"ready"') || line.startsWith('{"port"') ? JSON.parse(line) : {};
        if (ready) startUp = performance.now() - began;
        if (port) resolve(Number(port));
      });
    });
    return new Subject(child, port, startUp);
  }

  /** CPU time that all processes of the subject have used, ms. */
  cpu(): number {
    return this.#pids().reduce((sum, pid) => sum + cpuOf(pid), 0);
  }

  /** CPU time that the master alone has used, ms. */
  masterCpu(): number {
    return cpuOf(this.child.pid ?? 0);
  }

  /** Ends every process of it. SIGTERM lets the master clean up, which the next start would do otherwise. */
  async stop(): Promise<void> {
    const workers = this.#pids().slice(1);
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
    for (const pid of workers) if (stat(pid).length > 0) process.kill(pid, 'SIGKILL');
    // The system takes a while to clear away a process that is killed, and whoever starts next would pay for it.
    while (workers.some(pid => stat(pid).length > 0)) await delay(CLEARING);
  }

  #pids(): number[] {
    const master = this.child.pid ?? 0;
    const children = readdirSync('/proc').filter(name => /^\d+$/.test(name) && parentOf(name) === master);
    return [master, ...children.map(Number)];
  }
}

/** The fields of /proc/<pid>/stat behind the command's name; empty for a process that is gone. */
function stat(pid: number | string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

const parentOf = (pid: string) => Number(stat(pid)[1]);

const NS_PER_MS = 1e6;

/**
 * CPU time of all threads of a process, ms. From the scheduler, which counts nanoseconds: /proc/<pid>/stat has ticks of
 * 10 ms, and a short round so few of them that one is several percent.
 */
function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const used = threads.map(id => readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'latin1').split(' ')[0]);
  return used.reduce((sum, time) => sum + Number(time), 0) / NS_PER_MS;
}

export const machine = () => ({
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
});

export function median(values: readonly number[]): number {
  return quartiles(values)[1];
}

/** Of which a quarter, a half and three quarters of the values are below. */
export function quartiles(values: readonly number[]): [number, number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = (sorted.length - 1) * share;
    const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
    return below + (above - below) * (place % 1);
  };
  return [at(0.25), at(0.5), at(0.75)];
}
