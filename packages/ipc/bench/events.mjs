/**
 * Events over the bus against process.send, with 8 real workers in one run:
 *   burst       the master sends MESSAGES to all workers
 *   relay       one worker sends MESSAGES to the master, the workers and itself; with process.send the master sends them on
 *   round trip  the master and one worker send one message to and fro, one at a time
 * Run after a build: node packages/ipc/bench/events.mjs
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Broker, createRunDirectory, emitter } from '@troupe/ipc';
import { MESSAGE, MESSAGES, ROUND_TRIPS, WORKERS } from './load.mjs';
import { median, publish, rounds } from './measure.mjs';

const ROUNDS = 15;

const directory = await createRunDirectory();
const broker = await Broker.listen(directory.socket('bus'));
broker.join();
const workers = Array.from({ length: WORKERS }, () =>
  fork(new URL('worker.mjs', import.meta.url), { env: { ...process.env, TROUPE_SOCKET: broker.path } }),
);
await Promise.all(workers.map(worker => once(worker, 'message')));

/** Resolves once `count` processes have said that they heard everything. */
let finished = () => undefined;
function allDone(count) {
  let missing = count;
  return new Promise(resolve => {
    finished = () => {
      if (--missing === 0) resolve();
    };
  });
}

emitter.on('done', () => finished());
const counted = { bus: 0, send: 0 };
const count = way => {
  if (++counted[way] < MESSAGES) return;
  counted[way] = 0;
  finished();
};
emitter.on('relay', () => count('bus'));
let pong = () => undefined;
emitter.on('pong', () => pong());
for (const worker of workers) {
  worker.on('message', message => {
    if (message.event === 'done') finished();
    else if (message.event === 'pong') pong();
    else if (message.event === 'relay') {
      for (const each of workers) each.send(message);
      count('send');
    }
  });
}

async function roundTrips(send) {
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const answered = new Promise(resolve => {
      pong = resolve;
    });
    send();
    await answered;
  }
}

const [first] = workers;
const WORK = {
  burst: {
    target: 4,
    bus: async () => {
      const done = allDone(WORKERS);
      for (let i = 0; i < MESSAGES; i++) emitter.to('workers').emit('burst', MESSAGE);
      await done;
    },
    send: async () => {
      const done = allDone(WORKERS);
      for (let i = 0; i < MESSAGES; i++) for (const worker of workers) worker.send({ event: 'burst', args: [MESSAGE] });
      await done;
    },
  },
  relay: {
    target: 5,
    bus: async () => {
      const done = allDone(WORKERS + 1);
      emitter.to(first.pid).emit('start relay');
      await done;
    },
    send: async () => {
      const done = allDone(WORKERS + 1);
      first.send({ event: 'start relay' });
      await done;
    },
  },
  'round trip': {
    target: 0.7,
    bus: () => roundTrips(() => emitter.to(first.pid).emit('ping', MESSAGE)),
    send: () => roundTrips(() => first.send({ event: 'ping', args: [MESSAGE] })),
  },
};

const results = [];
for (const [work, { target, bus, send }] of Object.entries(WORK)) {
  const times = await rounds({ bus, send }, ROUNDS);
  const ms = { bus: median(times.bus), send: median(times.send) };
  results.push({ work, ratio: ms.send / ms.bus, target, ms, rounds: times });
}
publish('events', new URL('results/', import.meta.url), { against: 'process.send' }, results);

for (const worker of workers) worker.disconnect();
await Promise.all(workers.map(worker => worker.exitCode ?? once(worker, 'exit')));
await broker.close();
await directory.remove();
