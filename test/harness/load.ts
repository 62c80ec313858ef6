import { Agent, request } from 'node:http';
import { within } from './deadline.ts';

/** What became of the requests of a load. */
export interface Tally {
  answered: number;
  /** Refused on a new connection: nobody listens any more. */
  refused: number;
  /** Everything else: resets, aborted answers, other status codes. */
  failed: string[];
}

/**
 * Keeps `connections` connections busy (keep-alive ones, or a new one for each request), one request after the other on each, until stopped or refused.
 * A refused connection ends its lane: after that the service is known to be gone.
 */
export class Load {
  readonly tally: Tally = { answered: 0, refused: 0, failed: [] };
  readonly #lanes: Promise<void>[];
  #running = true;

  constructor(port: number, connections: number, { path = '/', keepAlive = true } = {}) {
    this.#lanes = Array.from({ length: connections }, () => this.#lane(port, path, keepAlive));
  }

  /** Resolves when so many requests have been answered. */
  async reaches(count: number): Promise<void> {
    const watch = async () => {
      while (this.tally.answered < count && this.#running) await new Promise(resolve => setImmediate(resolve));
    };
    await within(watch(), () => `${count} answers: ${JSON.stringify(this.tally)}`).finally(() => {
      this.#running = this.tally.answered >= count;
    });
  }

  async stop(): Promise<Tally> {
    this.#running = false;
    await Promise.all(this.#lanes);
    return this.tally;
  }

  /** Resolves when every lane was refused. */
  async refused(): Promise<Tally> {
    await Promise.all(this.#lanes);
    return this.tally;
  }

  async #lane(port: number, path: string, keepAlive: boolean): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (this.#running) {
      const problem = await send(port, path, agent);
      if (problem === undefined) this.tally.answered += 1;
      else if (problem === 'ECONNREFUSED') {
        this.tally.refused += 1;
        break;
      } else this.tally.failed.push(problem);
    }
    agent.destroy();
  }
}

function send(port: number, path: string, agent: Agent): Promise<string | undefined> {
  return new Promise(resolve => {
    const req = request({ port, path, agent, host: '127.0.0.1' }, res => {
      res.resume();
      res.on('end', () => resolve(res.statusCode === 200 ? undefined : `status ${res.statusCode}`));
      res.on('aborted', () => resolve('aborted'));
    });
    req.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    req.end();
  });
}
