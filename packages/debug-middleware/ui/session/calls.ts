import { measure } from '../measure.ts';
import { notify } from '../notice.ts';
import { reasonIn } from '../reason.ts';

/** How a session begins: out of rotation, or serving on. */
export type Manner = 'aside' | 'stay';

/** What the page can have done about its session; what goes wrong is said to the person. */
export class SessionCalls {
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
  }

  begin(manner: Manner): Promise<boolean> {
    return this.#post(`begin?aside=${manner === 'aside' ? 'yes' : 'no'}`);
  }

  run(): Promise<boolean> {
    return this.#post('run');
  }

  extend(): Promise<boolean> {
    return this.#post('extend');
  }

  end(next: 'return' | 'leave'): Promise<boolean> {
    return this.#post(`end?next=${next}`);
  }

  /** Of the whole cluster but for this worker, which leaves when it is debugged no longer. */
  async reload(): Promise<void> {
    notify('good', 'The reload has been asked for …');
    if (await this.#post('reload'))
      notify('good', 'The reload is done: all but the workers that are debugged run what is saved.');
  }

  /** A link that says how to begin does so once: loading the page again does not. */
  beginIfAsked(): void {
    const manner = new URLSearchParams(location.search).get('begin');
    if (manner !== 'aside' && manner !== 'stay') return;
    history.replaceState(null, '', location.pathname);
    void this.begin(manner);
  }

  measure(what: 'cpu' | 'heap' | 'snapshot'): Promise<void> {
    return measure(this.#pid, what);
  }

  async #post(what: string): Promise<boolean> {
    try {
      const response = await fetch(`${this.#pid}/${what}`, { method: 'POST' });
      if (response.ok) return true;
      notify('bad', await reasonIn(response));
    } catch {
      notify('bad', 'The monitor does not answer.');
    }
    return false;
  }
}
