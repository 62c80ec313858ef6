/** Messages as they travel between an agent and a debugger: one JSON text a line, which holds no line break of its own. */

const NEWLINE = 0x0a;

/** Puts the lines together that arrive in pieces. */
export class LineReader {
  readonly #line: (line: string) => void;
  readonly #most: number;
  #pieces: Buffer[] = [];
  #length = 0;

  /** @param most bytes of one line; a longer one is an error */
  constructor(line: (line: string) => void, most: number) {
    this.#line = line;
    this.#most = most;
  }

  /** @throws RangeError when a line is too long */
  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      from = end + 1;
      const line = Buffer.concat(this.#pieces).toString('utf8');
      this.#pieces = [];
      this.#length = 0;
      this.#line(line);
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > this.#most) throw new RangeError(`a message of more than ${this.#most} bytes`);
    this.#pieces.push(piece);
  }
}
