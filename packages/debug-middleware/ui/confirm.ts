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

/** Asks before something is done. Escape, and Cancel, which has the focus, are no. */
export function confirm({ title, text, verb, harmful = false }: Question): Promise<boolean> {
  return new Promise(resolve => {
    const dialog = h(
      'dialog',
      { class: 'ask', 'aria-labelledby': 'ask-title', 'aria-describedby': 'ask-text' },
      h('h2', { id: 'ask-title' }, title),
      h('p', { id: 'ask-text' }, text),
      h(
        'form',
        { method: 'dialog' },
        h('button', { class: 'btn btn-outline-secondary', value: 'no', autofocus: true }, 'Cancel'),
        h('button', { class: `btn ${harmful ? 'btn-danger' : 'btn-primary'}`, value: 'yes' }, verb),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
