/** The page of one debugging session. What it shows follows from one view, which the server sends whenever it changes. */
import type { SessionNotice, SessionView } from '../src/view.ts';
import { byId } from './dom.ts';
import { notify } from './notice.ts';
import { SessionCalls } from './session/calls.ts';
import { DevTools } from './session/devtools.ts';
import { Offer } from './session/offer.ts';
import { Requests } from './session/requests.ts';
import { Standing } from './session/standing.ts';
import { StallsDialog } from './stalls.ts';

const pid = Number(location.pathname.split('/').at(-1));
const calls = new SessionCalls(pid);
let shown: SessionView = { pid };
const requests = new Requests(byId('requests'), pid);
const panels = [
  new Standing(byId('bar'), calls, {
    requests: () => requests.toggle(),
    stalls: () => StallsDialog.open(pid, location.pathname),
  }),
  new Offer(byId('offer'), calls),
  requests,
  new DevTools(byId('devtools'), pid),
];

const events = new EventSource(`${pid}/events`);
events.onmessage = ({ data }) => show(JSON.parse(data) as SessionView);
events.addEventListener('notice', ({ data }) => {
  const { text, failed, reloadHelps } = JSON.parse(data) as SessionNotice;
  notify(failed ? 'bad' : 'good', text, reloadHelps ? { label: 'Reload', act: () => void calls.reload() } : undefined);
});
events.onerror = () => show({ pid, problem: 'The monitor does not answer; this page goes on trying.' });

function show(view: SessionView): void {
  shown = view;
  for (const panel of panels) panel.update(view);
}

// Time passes when nothing else happens, too.
setInterval(() => show(shown), 15_000);
document.title = `Worker ${pid} – Troupe debugger`;
byId('pid').textContent = String(pid);
calls.beginIfAsked();
