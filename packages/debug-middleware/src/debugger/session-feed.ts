import type { ServerResponse } from 'node:http';
import type { DebugLease, WorkerInfo } from '@troupe/ipc';
import type { Bus } from '../options.ts';
import type { SessionNotice, SessionView } from '../view.ts';
import { howToInstall } from './frontend.ts';
import { leaseViewOf } from './lease-view.ts';

/** How often it is looked what has changed that no event tells, ms. */
const PERIOD = 1_000;
const DEADLINE = 5_000;
/** After how long a page that has lost us asks again, ms. Browsers take some seconds of their own. */
const RETRY = 1_000;

interface Page {
  pid: number;
  /** What it was told last. */
  last: string;
  /** How to install DevTools, where it was not installed when the page was opened. */
  install: string | undefined;
}

/** Tells the pages of sessions how things stand, as server-sent events; asks only while there are any. */
export class SessionFeed {
  readonly #bus: Bus;
  readonly #pages = new Map<ServerResponse, Page>();
  #stop: (() => void) | undefined;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  add(res: ServerResponse, pid: number): void {
    res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    res.write(`retry: ${RETRY}\n\n`);
    this.#pages.set(res, { pid, last: '', install: howToInstall() });
    res.once('close', () => this.#remove(res));
    this.#stop ??= this.#begin();
    void this.#look();
  }

  /** Something that has just happened, said once to everybody who looks. */
  say(pid: number, notice: SessionNotice): void {
    for (const [res, page] of this.#pages) {
      if (page.pid === pid) res.write(`event: notice\ndata: ${JSON.stringify(notice)}\n\n`);
    }
  }

  close(): void {
    for (const res of this.#pages.keys()) res.end();
  }

  #begin(): () => void {
    const unsubscribe = this.#bus.onEvent('debug-leases', () => void this.#look());
    const timer = setInterval(() => void this.#look(), PERIOD).unref();
    return () => {
      unsubscribe();
      clearInterval(timer);
    };
  }

  #remove(res: ServerResponse): void {
    this.#pages.delete(res);
    if (this.#pages.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  async #look(): Promise<void> {
    const options = { timeout: DEADLINE };
    try {
      const [workers, leases] = await Promise.all([
        this.#bus.request('master', 'workers.list', undefined, options),
        this.#bus.request('master', 'debug.leases', undefined, options),
      ]);
      for (const [res, page] of this.#pages) send(res, page, viewOf(page, workers, leases));
    } catch (problem) {
      const message = problem instanceof Error ? problem.message : String(problem);
      for (const [res, page] of this.#pages) send(res, page, { pid: page.pid, problem: message });
    }
  }
}

function send(res: ServerResponse, page: Page, view: SessionView): void {
  const text = JSON.stringify(view);
  if (text === page.last) return;
  page.last = text;
  res.write(`data: ${text}\n\n`);
}

function viewOf({ pid, install }: Page, workers: readonly WorkerInfo[], leases: readonly DebugLease[]): SessionView {
  const worker = workers.find(each => each.pid === pid);
  const lease = leaseViewOf(leases.find(each => each.pid === pid));
  const serving = workers.filter(each => each.state === 'ready' && each.pid !== pid).length;
  return {
    pid,
    worker: worker?.state ?? 'exited',
    others: serving,
    // Who develops has one worker, and knows who waits at his breakpoints.
    offer: workers.length === 1 && process.env.NODE_ENV !== 'production' ? 'stay' : 'aside',
    ...(lease && { lease }),
    ...(worker?.debugged && !lease && { ending: true }),
    ...(install !== undefined && { howToInstall: install }),
  };
}
