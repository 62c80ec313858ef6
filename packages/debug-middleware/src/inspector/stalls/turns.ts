import type { MessagePort } from 'node:worker_threads';
import type { CallFrame } from './cpu-profile.ts';
import type { Silence } from './find-stalls.ts';

/** Asked by the agent's thread, answered by the main thread's event loop when it turns: that is all it takes to see it turn. */
export interface Turn {
  turn: number;
}
export interface TurnAnswer extends Turn {
  /** µs. */
  at: number;
}

/** The clock that V8's profiles use, too, µs. */
export const clock = (): number => Number(process.hrtime.bigint() / 1_000n);

export const isTurn = (message: unknown): message is Turn =>
  typeof message === 'object' && message !== null && 'turn' in message;

/** Between an answer and the next question, ms: short against what is looked for. */
const periodFor = (threshold: number) => Math.min(25, Math.max(2, threshold / 4));

let lastTurn = 0;

const askForTurn = (port: MessagePort): number => {
  lastTurn += 1;
  port.postMessage({ turn: lastTurn } satisfies Turn);
  return lastTurn;
};

/** Resolves when the main thread's event loop has turned once more after `work`; this thread lives until then. */
export async function turnAfter(work: Promise<unknown>, port: MessagePort): Promise<void> {
  let asked: number | undefined;
  await new Promise<void>((resolve, reject) => {
    const hear = (message: unknown) => {
      if (!isTurn(message) || message.turn !== asked) return;
      port.off('message', hear);
      resolve();
    };
    port.on('message', hear);
    work.then(() => {
      asked = askForTurn(port);
    }, reject);
  });
}

/** Watches from another thread whether the main thread's event loop turns. */
export class TurnWatch {
  readonly #port: MessagePort;
  readonly #threshold: number;
  /** When it did not turn. */
  readonly silences: Silence[] = [];
  /** Where the program has been seen since it last turned. */
  stacks: CallFrame[][] = [];
  #asked: number | undefined;
  #seen = clock();
  #timer: NodeJS.Timeout | undefined;

  /** @param threshold ms; shorter silences are not kept */
  constructor(port: MessagePort, threshold: number) {
    this.#port = port;
    this.#threshold = threshold;
    port.on('message', this.#hear);
    this.#ask();
  }

  /** What is not answered yet; undefined while it turns. */
  get turn(): number | undefined {
    return this.#asked;
  }

  /** For how long it has not turned, ms. */
  get silence(): number {
    return this.#asked === undefined ? 0 : (clock() - this.#seen) / 1_000;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#port.off('message', this.#hear);
    if (this.#asked !== undefined) this.#note(clock(), true);
    this.#asked = undefined;
  }

  #ask(): void {
    this.#asked = askForTurn(this.#port);
  }

  readonly #hear = (message: unknown): void => {
    if (!isTurn(message) || message.turn !== this.#asked) return;
    const { at } = message as TurnAnswer;
    this.#note(at, false);
    this.#seen = at;
    this.#asked = undefined;
    this.stacks = [];
    this.#timer = setTimeout(() => this.#ask(), periodFor(this.#threshold));
  };

  #note(at: number, lasts: boolean): void {
    const { stacks } = this;
    if (at - this.#seen < this.#threshold * 1_000) return;
    this.silences.push({ from: this.#seen, to: at, lasts, ...(stacks.length > 0 && { stacks }) });
  }
}
