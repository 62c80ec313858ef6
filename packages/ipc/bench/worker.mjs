import { connect, createEmitter } from '@troupe/ipc';
import { MESSAGE, MESSAGES } from './load.mjs';

const client = connect(process.env.TROUPE_SOCKET, { role: 'worker' });
const bus = createEmitter(client);

/** Both ways do the same: count, and answer at the last. */
function behaviour(on, send) {
  for (const event of ['burst', 'relay']) {
    let heard = 0;
    on(event, () => {
      if (++heard < MESSAGES) return;
      heard = 0;
      send('master', 'done');
    });
  }
  on('ping', message => send('master', 'pong', message));
  on('start relay', () => {
    for (let i = 0; i < MESSAGES; i++) send('all', 'relay', MESSAGE);
  });
}

behaviour(bus.on, (to, event, ...args) => bus.to(to).emit(event, ...args));

const listeners = new Map();
process.on('message', ({ event, args = [] }) => listeners.get(event)?.(...args));
behaviour(
  (event, listener) => listeners.set(event, listener),
  (_to, event, ...args) => process.send({ event, args }),
);

process.on('disconnect', () => client.close());
await client.ready();
process.send({ event: 'up' });
