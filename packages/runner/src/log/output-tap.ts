/** How long the output is listened to after somebody asked for it, ms. */
const LISTENS = 5_000;
/** Characters of a line that has not ended which are kept waiting for its end. */
const LONGEST_LINE = 8_000;

type Stream = NodeJS.WriteStream & { fd: 1 | 2 };
type Write = Stream['write'];

/**
 * Hears what this process prints, line by line, for as long as somebody asks again and again. In between, nothing stands
 * between the process and its output. What is written past `process.stdout`, straight to the descriptor, is not heard.
 */
export class OutputTap {
  readonly #heard: (line: string, stream: 'stdout' | 'stderr') => void;
  #release: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(heard: (line: string, stream: 'stdout' | 'stderr') => void) {
    this.#heard = heard;
  }

  /** Listens from now on, for a while. */
  listen(): void {
    this.#timer ??= setTimeout(() => this.close(), LISTENS).unref();
    this.#timer.refresh();
    if (this.#release) return;
    const releases = [this.#tap('stdout'), this.#tap('stderr')];
    this.#release = () => {
      for (const release of releases) release();
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  /** Others may have put themselves in front of us since: then ours stays where it is, and hears no more. */
  #tap(name: 'stdout' | 'stderr'): () => void {
    const stream = process[name] as Stream;
    const write = stream.write;
    let begun = '';
    let open = true;
    const tapped = function (this: Stream, chunk: unknown, ...rest: unknown[]) {
      if (open) hear(typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString());
      return (write as (...args: unknown[]) => boolean).call(this, chunk, ...rest);
    } as Write;
    const hear = (text: string) => {
      const lines = (begun + text).split('\n');
      begun = (lines.pop() ?? '').slice(-LONGEST_LINE);
      for (const line of lines) if (line !== '') this.#heard(line, name);
    };
    stream.write = tapped;
    return () => {
      open = false;
      if (stream.write === tapped) stream.write = write;
    };
  }
}
