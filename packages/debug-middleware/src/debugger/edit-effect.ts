import { editedFunctions } from './edited-functions.ts';
import { findStale } from './stale-functions.ts';

/** Tells what an edit that V8 has taken leaves as it was. */
export class EditEffect {
  readonly #ask: (method: string, params: object) => Promise<object>;
  /** Functions of former edits, by script: one that was left behind once is not looked for by the text of the last edit. */
  readonly #replaced = new Map<string, Map<string, string>>();

  /** @param ask asks V8, by the session that edits */
  constructor(ask: (method: string, params: object) => Promise<object>) {
    this.#ask = ask;
  }

  /**
   * Why what runs is not what the edit says, as parts of a sentence; empty when it is.
   * @param isOther whether a script is known to be another file's
   */
  async missing(
    script: { id: string; isModule: boolean },
    before: string,
    after: string,
    isOther: (scriptId: string) => boolean,
  ): Promise<string[]> {
    const edited = editedFunctions(before, after, script.isModule);
    if (edited === undefined) return [];
    const replaced = new Map([...(this.#replaced.get(script.id) ?? []), ...edited.functions]);
    for (const text of [...replaced.keys()]) if (after.includes(text)) replaced.delete(text);
    this.#replaced.set(script.id, replaced);
    const stale = replaced.size > 0 ? await findStale([...replaced.keys()], this.#ask, isOther) : new Set<string>();
    const names = [...new Set([...stale].map(text => replaced.get(text) ?? 'a function'))];
    return [
      ...(names.length > 0 ? [`${list(names)} still ${names.length === 1 ? 'runs its' : 'run their'} old code`] : []),
      ...(edited.topLevel ? ['what the file does when it is loaded has changed, and is done already'] : []),
    ];
  }
}

const list = (names: readonly string[]) => new Intl.ListFormat('en').format(names);
