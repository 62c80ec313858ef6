import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { SOCKET_VARIABLE } from '@troupe/ipc';
import { backoff, isRecord } from '@troupe/ipc/transport';
import { CacheError, type CacheErrorCode } from './errors.ts';

export interface StandaloneOptions {
  /** Where processes connect. */
  socket: string;
  /** The directory for caches that persist. @default none: they are refused */
  persistPath?: string | undefined;
  /** How long to wait for another manager to leave that directory, ms. @default 60000 */
  lockTimeout?: number;
  /** The bus on which the manager is seen. @default none */
  bus?: string | undefined;
  /** Hears what a person should know. @default process.emitWarning */
  log?: (line: string) => void;
  /** Hears of each process that was forked, and of its end: `closed` with this, or `died`. */
  changed?: (pid: number, event: 'forked' | 'listening' | 'closed' | 'died') => void;
}

/** How long the process may take to end when it is told to, before it is killed, ms. */
const CLOSE_TIMEOUT = 10_000;

/** Of a new value all is kept, so that a full half of the young generation takes long to be moved: smaller ones, more often. */
const EXEC_ARGV = ['--max-semi-space-size=8'];

/** The cache manager in a process of its own, which is forked again when it dies. */
export class StandaloneManager {
  readonly #options: StandaloneOptions;
  readonly #log: (line: string) => void;
  #child: ChildProcess | undefined;
  #retry: NodeJS.Timeout | undefined;
  #deaths = 0;
  #closing: Promise<void> | undefined;
  #hasFailed = false;
  #listens = false;
  readonly #ready: Promise<void>;
  #settle: { resolve: () => void; reject: (problem: Error) => void } | undefined;

  constructor(options: StandaloneOptions) {
    this.#options = options;
    this.#log = options.log ?? (line => process.emitWarning(line));
    this.#ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whether somebody waits for it is his affair.
    this.#ready.catch(() => undefined);
    this.#fork();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Resolves when the first process listens.
   * @throws TROUPE_ERR_CACHE_PERSIST_LOCKED, TROUPE_ERR_CACHE_PERSIST_FILE, what `CacheManager.listen` throws
   */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Ends it, when all that it was told to store is stored. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#retry);
    const child = this.#child;
    if (child === undefined) return;
    const exited = new Promise(resolve => child.once('exit', resolve));
    child.ref();
    // One that does not listen yet has promised nothing.
    const patience = setTimeout(() => child.kill('SIGKILL'), this.#listens ? CLOSE_TIMEOUT : 0);
    if (child.connected) child.send('close');
    await exited;
    clearTimeout(patience);
  }

  #fork(): void {
    const { socket, persistPath, lockTimeout, bus } = this.#options;
    const config = JSON.stringify({ socket, persistPath, lockTimeout, succeeds: this.#deaths > 0 });
    const script = createRequire(import.meta.url).resolve('@troupe/cache/manager-process');
    const child = fork(script, [config], {
      execArgv: EXEC_ARGV,
      env: { ...process.env, NODE_OPTIONS: '', [SOCKET_VARIABLE]: bus },
    });
    this.#child = child;
    child.on('message', message => this.#hear(message, child));
    child.on('error', problem => this.#log(`the cache manager: ${problem.message}`));
    child.once('exit', (code, signal) => this.#exited(child, signal ?? `code ${code}`));
    if (child.pid !== undefined) this.#options.changed?.(child.pid, 'forked');
  }

  #hear(message: unknown, child: ChildProcess): void {
    const { pid } = child;
    if (!isRecord(message)) return;
    if (typeof message.log === 'string') this.#log(message.log);
    if (typeof message.failed === 'string') this.#fail(message.failed, String(message.code) as CacheErrorCode);
    if (message.listening !== true || pid === undefined) return;
    this.#listens = true;
    this.#settle?.resolve();
    // It ends when this process does, and does not keep it from ending.
    child.unref();
    child.channel?.unref();
    this.#options.changed?.(pid, 'listening');
  }

  /** What keeps the first from starting would keep the next; whoever waits decides. Later ones are tried again. */
  #fail(reason: string, code: CacheErrorCode): void {
    this.#hasFailed = this.#deaths === 0;
    if (this.#hasFailed) this.#settle?.reject(new CacheError(code, reason));
    else this.#log(`the cache manager could not be started again: ${reason}`);
  }

  #exited({ pid }: ChildProcess, how: string): void {
    this.#child = undefined;
    this.#listens = false;
    if (pid !== undefined) this.#options.changed?.(pid, this.#closing ? 'closed' : 'died');
    if (this.#closing !== undefined || this.#hasFailed) return;
    this.#log(`the cache manager ${pid} ended (${how}); what does not persist is lost, and another is forked`);
    this.#retry = setTimeout(() => this.#fork(), backoff(this.#deaths++, Math.random()));
    this.#retry.unref();
  }
}
