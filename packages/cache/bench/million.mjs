/**
 * A million entries of 192 bytes in the cache manager: what they take, and how long it keeps anybody waiting while it
 * takes them in and changes them. Run after a build: node packages/cache/bench/million.mjs
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, use } from '@troupe/cache';
import { StandaloneManager } from '@troupe/cache/manager';
import { publish } from '../../ipc/bench/measure.mjs';
import { TEXT } from './peers.mjs';
import { usageOf } from './servers.mjs';

const ENTRIES = 1_000_000;
const BATCH = 500;
const OPTIONS = { timeout: 60_000, maxEntries: 2 * ENTRIES, maxBytes: 2 ** 31, near: { maxEntries: 0 } };

const [, , role] = process.argv;
if (role === undefined) await measure();
else if (role === 'echo') process.on('message', message => process.send(message));
else await fill(role);

async function echo(child) {
  child.send('ping');
  await once(child, 'message');
}

function p99(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length * 0.99)];
}

async function measure() {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-bench-'));
  const manager = new StandaloneManager({ socket: join(directory, 'cache') });
  await manager.ready();
  connect(join(directory, 'cache'));
  const cache = use('million', OPTIONS);
  await cache.set('ping', 1);
  const before = await usageOf(manager.pid);
  const results = [];
  // How long a machine that is busy with other things keeps anybody waiting.
  const idle = fork(new URL(import.meta.url), ['echo']);
  const filler = fork(new URL(import.meta.url), [join(directory, 'cache')]);
  for (const work of ['filling', 'changing']) {
    let isOver = false;
    filler.send(work);
    const over = once(filler, 'message').then(() => {
      isOver = true;
    });
    const waits = [];
    const waitsOfIdle = [];
    const ping = async (list, work) => {
      const began = performance.now();
      await work();
      list.push(performance.now() - began);
    };
    while (!isOver) {
      await ping(waits, () => cache.has('ping'));
      await ping(waitsOfIdle, () => echo(idle));
    }
    await over;
    const target = 100;
    results.push({
      work: `${work}: longest wait of another process, ms`,
      ratio: Math.max(...waits),
      target,
      p99: p99(waits),
    });
    const control = { ratio: Math.max(...waitsOfIdle), target: null, p99: p99(waitsOfIdle) };
    results.push({ work: `${work}: the same for a process that does nothing, ms`, ...control });
  }
  const { entries, bytes } = await cache.stat();
  const { memory } = await usageOf(manager.pid);
  results.push({
    work: 'memory of an entry, bytes, as the manager counts it and as the system does',
    ratio: (memory - before.memory) / entries,
    target: null,
    counted: bytes / entries,
    entries,
  });
  publish('million', new URL('results/', import.meta.url), { load: loadavg()[0] }, results);
  filler.disconnect();
  idle.disconnect();
  await manager.close();
  await rm(directory, { recursive: true, force: true });
  process.exit();
}

async function fill(socket) {
  connect(socket);
  const cache = use('million', OPTIONS);
  process.once('disconnect', () => process.exit());
  process.on('message', async work => {
    for (let i = 0; i < ENTRIES; i += BATCH) {
      const keys = Array.from(
        { length: BATCH },
        (_, n) => `user:${work === 'filling' ? i + n : (i * 7919 + n) % ENTRIES}:profile`,
      );
      await Promise.all(keys.map(key => cache.set(key, TEXT)));
    }
    process.send('done');
  });
}
