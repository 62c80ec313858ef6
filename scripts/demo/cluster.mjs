import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../steps.mjs';

/** The Express example as a real cluster on free ports; what it does is read from its log. */
export class Cluster {
  #lines = [];
  #waiting = new Set();

  constructor({ workers, drainDelay }) {
    const flags = { port: 0, monPort: 0, noWorkers: workers, drainDelay };
    this.process = spawn(
      process.execPath,
      [
        join(root, 'examples/express/dist/server.js'),
        ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ],
      { env: { ...process.env, LOG_LEVEL: 'debug' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.exit = once(this.process, 'exit').then(([code, signal]) => code ?? signal);
    createInterface({ input: this.process.stdout }).on('line', line => this.#read(line));
  }

  /** The first line of the log, past or to come, that fits. */
  logged(pattern, fits = () => true) {
    const early = this.exit.then(how => {
      throw new Error(`the cluster ended (${how}) before its log said ${pattern}`);
    });
    const found = new Promise(resolve => {
      const look = () => {
        const line = this.#lines.find(line => pattern.test(line.msg) && fits(line));
        if (!line) return;
        this.#waiting.delete(look);
        resolve(line);
      };
      this.#waiting.add(look);
      look();
    });
    return Promise.race([found, early]);
  }

  /** Every worker that has become ready, in that order. */
  get ready() {
    return this.#lines.filter(({ msg }) => /^worker \d+ is ready$/.test(msg)).map(({ worker }) => worker);
  }

  #read(line) {
    if (!line.startsWith('{')) return;
    this.#lines.push(JSON.parse(line));
    for (const look of [...this.#waiting]) look();
  }
}
