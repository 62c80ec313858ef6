import { once } from 'node:events';
import type { Session } from 'node:inspector/promises';
import type { CallFrame } from './cpu-profile.ts';

/** How long the program may take to stop, ms: one that has come to rest meanwhile does not. */
const PATIENCE = 500;

/** A frame of a program that stands still; the place is where it stands. */
interface PausedFrame {
  functionName: string;
  location: { scriptId: string; lineNumber: number; columnNumber?: number };
}

/**
 * Says where a program is that does not come to rest. V8's profiler cannot always: code that was optimized before it was
 * started is shown as whoever called it. So the program is stopped for a moment, and asked.
 */
export class Witness {
  readonly #session: Session;
  /** The scripts there are, once it has been used. */
  readonly scripts = new Map<string, { url: string; mapUrl: string | undefined }>();
  #isEnabled = false;

  constructor(session: Session) {
    this.#session = session;
    session.on('Debugger.scriptParsed', ({ params: { scriptId, url, sourceMapURL } }) => {
      this.scripts.set(scriptId, { url, mapUrl: sourceMapURL || undefined });
    });
  }

  /** V8 lists its scripts now: the program stands still meanwhile. */
  async enable(): Promise<void> {
    if (this.#isEnabled) return;
    this.#isEnabled = true;
    await this.#session.post('Debugger.enable');
  }

  /** Innermost first; undefined when there is nothing to stop any more. */
  async stack(): Promise<CallFrame[] | undefined> {
    await this.enable();
    const signal = AbortSignal.timeout(PATIENCE);
    try {
      const paused = once(this.#session, 'Debugger.paused', { signal });
      await Promise.all([paused, this.#session.post('Debugger.pause')]);
      const [{ params }] = (await paused) as [{ params: { callFrames: PausedFrame[] } }];
      await this.#session.post('Debugger.resume');
      return params.callFrames.map(frame => this.#place(frame));
    } catch (problem) {
      if (!signal.aborted) throw problem;
      // A pause that has not come is not to come later.
      this.#isEnabled = false;
      await this.#session.post('Debugger.disable');
      return undefined;
    }
  }

  #place({ functionName, location: { scriptId, lineNumber, columnNumber = 0 } }: PausedFrame): CallFrame {
    return { functionName, scriptId, url: this.scripts.get(scriptId)?.url ?? '', lineNumber, columnNumber };
  }
}
