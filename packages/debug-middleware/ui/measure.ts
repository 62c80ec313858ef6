import { h } from './dom.ts';
import { notify } from './notice.ts';
import { reasonIn } from './reason.ts';

/** How long a profile takes, s. */
export const SECONDS = 10;

/**
 * Measures a worker, and hands the browser a file; what goes wrong is said to the person.
 * @param worker its debugger's page
 */
export async function measure(worker: string | number, what: 'cpu' | 'heap' | 'snapshot'): Promise<void> {
  notify('good', what === 'snapshot' ? 'The snapshot is being taken …' : `Measuring for ${SECONDS} s …`);
  try {
    const response = await fetch(`${worker}/measure/${what}?seconds=${SECONDS}`, { method: 'POST' });
    if (!response.ok) return notify('bad', await reasonIn(response));
    const name = /filename="(.+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? what;
    const link = h('a', { href: URL.createObjectURL(await response.blob()), download: name });
    link.click();
    URL.revokeObjectURL(link.href);
    notify('good', `${name} is with your downloads. Chrome’s DevTools open it.`);
  } catch {
    notify('bad', 'The monitor does not answer.');
  }
}
