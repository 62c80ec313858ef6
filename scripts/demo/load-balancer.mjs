import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** How often the health check is asked, ms. */
const INTERVAL = 20;
/** A request that takes longer has failed, ms. */
const TIMEOUT = 10_000;

/** Asks the health check, and sends requests only while it says 200: what a load balancer does. */
export class LoadBalancer {
  /** Whether the last check said 200. */
  up = false;
  /** Every change of the check's status: `{ status, at, checks }`, with how many checks said so. */
  changes = [];
  answered = 0;
  failed = [];
  #ecv;
  #running = true;
  #lanes = [];
  #watching = new Set();
  #checking;

  constructor(ecv) {
    this.#ecv = ecv;
    this.#checking = this.#check();
  }

  /** Resolves with the change when the check says this status. */
  says(status) {
    return new Promise(resolve => {
      const look = () => {
        const change = this.changes.at(-1);
        if (change?.status !== status) return;
        this.#watching.delete(look);
        resolve(change);
      };
      this.#watching.add(look);
      look();
    });
  }

  /** Begins to send requests, one after the other on each of so many keep-alive connections. */
  send(url, connections) {
    this.#lanes = Array.from({ length: connections }, () => this.#lane(url));
  }

  /** Resolves when the last request is answered; `changes`, `answered` and `failed` are final then. */
  async drained() {
    await Promise.all(this.#lanes);
  }

  async close() {
    this.#running = false;
    await this.#checking;
    await this.drained();
  }

  async #check() {
    while (this.#running) {
      const status = await get(this.#ecv).then(
        answer => answer.status,
        () => 'no answer',
      );
      this.#note(status);
      await delay(INTERVAL);
    }
  }

  #note(status) {
    if (this.changes.at(-1)?.status !== status) this.changes.push({ status, at: performance.now(), checks: 0 });
    this.changes.at(-1).checks += 1;
    this.up = status === 200;
    for (const look of [...this.#watching]) look();
  }

  async #lane(url) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (this.#running && this.up) {
      await get(url, agent).then(
        ({ status }) => (status === 200 ? this.answered++ : this.failed.push(`status ${status}`)),
        error => this.failed.push(error.code ?? error.message),
      );
    }
    agent.destroy();
  }
}

/** One request; without an agent on a connection of its own. */
export function get(url, agent = false) {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, signal: AbortSignal.timeout(TIMEOUT) }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', chunk => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body })).on('error', reject);
    });
    outgoing.on('error', reject).end();
  });
}
