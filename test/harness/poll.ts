import { within } from './deadline.ts';

/** One look at the health check; times in ms since the epoch. */
export interface Look {
  began: number;
  ended: number;
  /** `refused` while nobody listens. */
  status: number | 'refused';
}

/** Asks a URL again and again, as a load balancer in a hurry would. */
export class Poll {
  readonly looks: Look[] = [];
  readonly #done: Promise<void>;
  #polling = true;

  constructor(url: string) {
    this.#done = this.#poll(url);
  }

  /** Resolves when it has seen `status` so many times. */
  async sees(status: Look['status'], times: number): Promise<void> {
    const seen = () => this.looks.filter(look => look.status === status).length >= times;
    const watch = async () => {
      while (!seen() && this.#polling) await new Promise(resolve => setImmediate(resolve));
    };
    await within(watch(), `${times} answers of ${status}`).catch(error => {
      this.#polling = false;
      throw error;
    });
  }

  async stop(): Promise<Look[]> {
    this.#polling = false;
    await this.#done;
    return this.looks;
  }

  async #poll(url: string): Promise<void> {
    while (this.#polling) {
      const began = Date.now();
      const status = await fetch(url).then(
        async response => {
          await response.text();
          return response.status;
        },
        () => 'refused' as const,
      );
      this.looks.push({ began, ended: Date.now(), status });
    }
  }
}
