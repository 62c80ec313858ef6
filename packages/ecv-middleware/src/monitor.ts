import type { IncomingMessage } from 'node:http';
import type { Address } from '@troupe/ipc';
import { EcvError, messageOf, monitorFailed, validatorThrew } from './errors.ts';
import type { Settings } from './options.ts';
import type { Page } from './page.ts';
import { type PageTarget, pageTarget } from './target.ts';

type MonitorSettings = Pick<Settings, 'monitor' | 'validator' | 'timeout' | 'interval'>;

/** Why the application is not well; undefined when it is. */
type Finding = string | undefined;

/**
 * Asks the application whether it is well: once per interval at most, however many probes come in, and one question at a
 * time. Nothing runs between probes.
 */
export class Monitor {
  readonly #settings: MonitorSettings;
  readonly #report: (problem: Error) => void;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #asked: { key: string; at: number; settled: boolean; finding: Promise<Finding> } | undefined;
  #reported = '';

  constructor(
    settings: MonitorSettings,
    report: (problem: Error) => void,
    now: () => number = performance.now.bind(performance),
  ) {
    this.#settings = settings;
    this.#report = report;
    this.#now = now;
  }

  /** @param req the probe, where its server is the application */
  async ask(address: Address | undefined, req: IncomingMessage | undefined): Promise<Finding> {
    let target: PageTarget;
    try {
      target = pageTarget(this.#settings.monitor, address, req);
    } catch (error) {
      return messageOf(error);
    }
    const key = `${target.url} ${target.socketPath ?? ''} ${target.http2}`;
    const last = this.#asked;
    if (last?.key === key && (!last.settled || this.#now() - last.at < this.#settings.interval)) return last.finding;
    const asked = { key, at: this.#now(), settled: false, finding: this.#find(target) };
    this.#asked = asked;
    asked.finding.finally(() => {
      asked.settled = true;
    });
    return asked.finding;
  }

  close(): void {
    this.#closing.abort();
  }

  /** Never rejects. */
  async #find(target: PageTarget): Promise<Finding> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#settings.timeout).unref();
    const signal = AbortSignal.any([deadline.signal, this.#closing.signal]);
    try {
      // HTTP/2 alone takes 4 ms to load, in every master; most never ask a page.
      const { getPage } = await import('./page.ts');
      const got = await getPage(target, signal).catch(error => error);
      return await this.#judge(got);
    } catch (error) {
      return this.#complain(error instanceof EcvError ? error : validatorThrew(error));
    } finally {
      clearTimeout(timer);
    }
  }

  async #judge(got: Page | Error): Promise<Finding> {
    const { validator, timeout } = this.#settings;
    const verdict =
      got instanceof Error ? validator(got, undefined, undefined) : validator(null, got.response, got.body);
    if (await within(timeout, verdict)) return undefined;
    if (got instanceof Error) return got.message;
    return `The validator turned down the answer of ${this.#settings.monitor} (status ${got.response.statusCode}).`;
  }

  /** A validator that throws does so at each probe; once is enough to say. */
  #complain(problem: EcvError): string {
    if (problem.message !== this.#reported) this.#report(problem);
    this.#reported = problem.message;
    return problem.message;
  }
}

function within<T>(ms: number, value: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(monitorFailed(`The validator did not decide within ${ms} ms.`)), ms).unref();
    Promise.resolve(value)
      .then(resolve, reject)
      .finally(() => clearTimeout(late));
  });
}
