import { h } from './dom.ts';

export interface Question {
  title: string;
  /** What will happen. */
  text: string;
  /** What the button that does it says. */
  verb: string;
  /** Somebody may notice. */
  harmful?: boolean;
}

/** What a person can choose between. */
interface Choice<V extends string> {
  title: string;
  text: string;
  answers: readonly { value: V; verb: string; harmful?: boolean }[];
}

/** Asks before something is done. Escape, and Cancel, which has the focus, are no. */
export async function confirm({ title, text, verb, harmful = false }: Question): Promise<boolean> {
  return (await choose({ title, text, answers: [{ value: 'yes', verb, harmful }] })) === 'yes';
}

/** Asks what is to be done; undefined for nothing. */
export function choose<V extends string>({ title, text, answers }: Choice<V>): Promise<V | undefined> {
  return new Promise(resolve => {
    const dialog = h(
      'dialog',
      { class: 'ask', 'aria-labelledby': 'ask-title', 'aria-describedby': 'ask-text' },
      h('h2', { id: 'ask-title' }, title),
      h('p', { id: 'ask-text' }, text),
      h(
        'form',
        { method: 'dialog' },
        h('button', { class: 'btn btn-outline-secondary', value: '', autofocus: true }, 'Cancel'),
        ...answers.map(({ value, verb, harmful = false }) =>
          h('button', { class: `btn ${harmful ? 'btn-danger' : 'btn-primary'}`, value }, verb),
        ),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answers.find(({ value }) => value === dialog.returnValue)?.value);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
