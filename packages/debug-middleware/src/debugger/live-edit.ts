import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.ts';
import type { Command } from '../inspector/messages.ts';
import type { SessionNotice } from '../view.ts';
import { EditEffect } from './edit-effect.ts';
import { moduleShape } from './module-shape.ts';
import { refusedByV8 } from './refused-by-v8.ts';
import { saveEdit } from './save-edit.ts';

export interface LiveEditOptions {
  /** Whether edits are written to their files. */
  save: boolean;
  /** The application's root. */
  root: string;
  /** Asks V8, by the same session. */
  ask(method: string, params: object): Promise<object>;
  /** Tells the person what has become of an edit. */
  say(notice: SessionNotice): void;
}

interface Script {
  url: string;
  isModule: boolean;
}

const PARSED = '{"method":"Debugger.scriptParsed"';
const OTHERS = 'Only this worker has it: the others run what they have loaded.';

/** Changes functions while the program runs, with what V8 does not look after: it never crashes for it, and files stay right. */
export class LiveEdit {
  readonly #options: LiveEditOptions;
  readonly #effect: EditEffect;
  readonly #scripts = new Map<string, Script>();

  constructor(options: LiveEditOptions) {
    this.#options = options;
    this.#effect = new EditEffect(options.ask);
  }

  /** Hears which scripts there are. */
  note(line: string): void {
    if (!line.startsWith(PARSED)) return;
    const { params } = JSON.parse(line) as { params: Script & { scriptId: string } };
    this.#scripts.set(params.scriptId, { url: params.url, isModule: params.isModule === true });
  }

  /** Carries out `Debugger.setScriptSource`. Rejects with the reason when it may not be. */
  async edit({ params = {} }: Command): Promise<object> {
    const { scriptId, scriptSource: after, dryRun } = params as Partial<Record<string, unknown>>;
    const script = this.#scripts.get(String(scriptId));
    if (script === undefined || typeof after !== 'string') throw new Error('There is no such script in this session.');
    const { scriptSource: before } = (await this.#options.ask('Debugger.getScriptSource', { scriptId })) as {
      scriptSource: string;
    };
    if (await this.#isGone(params, before)) {
      throw new Error('this version of Node cannot exchange code that runs. Save the file, and reload the cluster.');
    }
    const problem = script.isModule && (await this.#moduleProblem(params, before, after));
    const result = problem || (await this.#options.ask('Debugger.setScriptSource', params));
    if (dryRun === true) return result;
    const refused = refusedByV8(result);
    if (refused === undefined) await this.#report(String(scriptId), script, before, after);
    else this.#say(`${nameOf(script)}: not edited. ${refused}`, { failed: true });
    return result;
  }

  /** V8 has no live edit any more since the one of Node 26. */
  async #isGone(params: object, before: string): Promise<boolean> {
    try {
      await this.#options.ask('Debugger.setScriptSource', { ...params, scriptSource: before, dryRun: true });
      return false;
    } catch (problem) {
      return messageOf(problem).includes('no longer available');
    }
  }

  /** What V8 says of an edit that is no code. Rejects when the edit is code that would change what modules share. */
  async #moduleProblem(params: object, before: string, after: string): Promise<object | undefined> {
    const shape = moduleShape(after);
    if (shape !== undefined && shape === moduleShape(before)) return undefined;
    const verdict = await this.#options.ask('Debugger.setScriptSource', { ...params, dryRun: true });
    if ('exceptionDetails' in verdict) return verdict;
    throw new Error(
      'it changes what the module imports or exports, and V8 can crash after that. Save the file, and reload the cluster.',
    );
  }

  async #report(id: string, script: Script, before: string, after: string): Promise<void> {
    const missing = await this.#missing(id, script, before, after);
    const name = nameOf(script);
    const unsaved = await this.#save(script, before, after);
    // Who has not asked for files to be written misses nothing.
    const failed = unsaved !== undefined && this.#options.save;
    if (missing === '') {
      return unsaved === undefined
        ? this.#say(`${name}: edited, and saved. ${OTHERS} A reload brings it to all.`, { reloadHelps: true })
        : this.#say(`${name}: edited in memory${unsaved}. ${OTHERS}`, { failed });
    }
    if (unsaved === undefined) this.#say(`${name}: saved, needs a reload: ${missing}.`, { reloadHelps: true });
    else {
      const text = `${name}: edited in memory${unsaved}, which is not enough: ${missing}. Save the file, and reload the cluster.`;
      this.#say(text, { failed: true });
    }
  }

  #say(text: string, { failed = false, reloadHelps = false }: Partial<SessionNotice>): void {
    this.#options.say({ text, failed, reloadHelps });
  }

  /** Why it was not written, as the rest of a sentence; undefined when it was. */
  async #save({ url }: Script, before: string, after: string): Promise<string | undefined> {
    const { save, root } = this.#options;
    if (!save) return ' (debug.saveLiveEdit would write the file)';
    if (!url.startsWith('file:')) return ', it is no file';
    const refused = await saveEdit(fileURLToPath(url), before, after, root);
    return refused && `, not saved: ${refused}`;
  }

  /** What the worker still does as before. That this cannot be found out keeps no edit from being saved. */
  async #missing(id: string, { url, isModule }: Script, before: string, after: string): Promise<string> {
    const isOther = (scriptId: string) => (this.#scripts.get(scriptId)?.url ?? url) !== url;
    try {
      return (await this.#effect.missing({ id, isModule }, before, after, isOther)).join(', and ');
    } catch (problem) {
      return `it could not be found out whether the worker runs it: ${messageOf(problem)}`;
    }
  }
}

const nameOf = ({ url }: Script) => url.split('/').at(-1);
