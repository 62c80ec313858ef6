/**
 * The cache against Redis (ioredis; node-redis with its client-side cache) and memcached (memjs), in one run, with a
 * value of 192 bytes: an object for what is read near, a text for what goes over the wire. Redis and the cache manager are on Unix sockets. Run after a build, on a quiet machine:
 *     apt-get install redis-server memcached; node packages/cache/bench/compare.mjs
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { connect } from '@troupe/cache';
import { median, publish, rounds, WARM_UP_MS } from '../../ipc/bench/measure.mjs';
import { ioredis, memcached, nodeRedis, troupe, VALUE } from './peers.mjs';
import { startServers, usageOf } from './servers.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 31);
const PIPELINED = 1_000;
/** Bursts of so many in a round. */
const BURSTS = 10;
const SERIAL = 200;
const NEAR = 20_000;

const servers = await startServers();
connect(servers.cacheSocket);
const far = troupe('bench', { near: { maxEntries: 0 } });
const farText = troupe('text', { near: { maxEntries: 0 } });
const ownText = troupe('text');
const own = troupe('bench');
const shared = troupe('bench', { share: true });
const redis = ioredis(servers.redisSocket);
const tracking = await nodeRedis(servers.redisSocket);
const memory = memcached(servers.memcachedPort);
const keys = Array.from({ length: PIPELINED }, (_, i) => `key ${i}`);
for (const way of [far, redis, memory]) await Promise.all(keys.map(key => way.set(key)));
for (const way of [farText, redis]) await Promise.all(keys.map(key => way.setText(`text ${key}`)));
await shared.cache.set('primitive', 5);

const serial =
  (way, times, key = keys[0]) =>
  async () => {
    for (let i = 0; i < times; i++) await way.get(key);
  };
const texts = keys.map(key => `text ${key}`);
const pipelined =
  (way, operation, bursts = BURSTS) =>
  async () => {
    for (let i = 0; i < bursts; i++) await Promise.all(texts.map(key => way[operation](key)));
  };

// A plain Map and one reading of the clock: no near store can be faster.
const map = new Map([[keys[0], VALUE]]);
const plain = { get: key => (performance.now() > 0 ? map.get(key) : undefined) };

const children = await Promise.all(Array.from({ length: 8 }, startClient));
const inClients = (count, way) => () => Promise.all(children.slice(0, count).map(child => asks(child, way, BURSTS)));
/** Sets every key while `others` hold them all near; what they read again is not counted. Returns ms. */
async function coherent(others) {
  const took = await timed(pipelined(ownText, 'setText', 1));
  await Promise.all(children.slice(0, others).map(child => asks(child, 'near', 1)));
  return took;
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const times = await rounds(
  {
    'plain map and clock': serial(plain, NEAR),
    'near, shared': serial(shared, NEAR),
    'near, primitive': serial(shared, NEAR, 'primitive'),
    'near, own copy': serial(own, NEAR),
    'ioredis, serial': serial(redis, SERIAL),
    'node-redis, client-side cache': serial(tracking, SERIAL),
    'memjs, serial': serial(memory, SERIAL),
    'far, serial': serial(far, SERIAL),
    'ioredis get, pipelined': pipelined(redis, 'getText'),
    'far get, pipelined': pipelined(farText, 'getText'),
    'ioredis set, pipelined': pipelined(redis, 'setText'),
    'far set, pipelined': pipelined(farText, 'setText'),
    'ioredis get, 2 clients': inClients(2, 'ioredis'),
    'far get, 2 clients': inClients(2, 'far'),
  },
  ROUNDS,
);
const perCall = name => {
  const isNear = name.startsWith('near') || name.startsWith('plain');
  const count = isNear ? NEAR : / serial|client-side/.test(name) ? SERIAL : PIPELINED * BURSTS;
  return (median(times[name]) * 1_000) / count;
};

// In rounds of their own, as the others must have read all keys again before each.
const sets = {};
for (const others of [1, 2, 4, 7]) {
  for (const began = performance.now(); performance.now() - began < WARM_UP_MS; ) await coherent(others);
  const [ours, theirs] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await coherent(others));
    theirs.push(await timed(pipelined(redis, 'setText', 1)));
  }
  sets[others] = { ours: (median(ours) * 1_000) / PIPELINED, theirs: (median(theirs) * 1_000) / PIPELINED };
}

/** CPU of this process and of the server for each call, µs: it is what a busy machine leaves comparable. */
async function cpuOf(work, server) {
  const run = pipelined(...work);
  await run();
  const before = { here: process.cpuUsage(), there: await usageOf(server) };
  for (let i = 0; i < 10; i++) await run();
  const { user, system } = process.cpuUsage(before.here);
  const there = (await usageOf(server)).cpu - before.there.cpu;
  const calls = 10 * BURSTS * PIPELINED;
  return { here: (user + system) / calls, there: (there * 1_000) / calls };
}

async function cpuRatio(operation, name) {
  const ours = [];
  const theirs = [];
  for (let round = 0; round < 5; round++) {
    ours.push(await cpuOf([farText, operation], servers.manager));
    theirs.push(await cpuOf([redis, operation], servers.redis));
  }
  const of = (list, part) => median(list.map(each => each[part]));
  const us = { ours: [of(ours, 'here'), of(ours, 'there')], theirs: [of(theirs, 'here'), of(theirs, 'there')] };
  const sum = ([here, there]) => here + there;
  return {
    work: `CPU of ${name}, client and server, against ioredis`,
    ratio: sum(us.theirs) / sum(us.ours),
    target: null,
    us,
  };
}

const ratio = (ours, theirs, target) => ({
  work: `${ours} against ${theirs}`,
  ratio: perCall(theirs) / perCall(ours),
  target,
  us: { ours: perCall(ours), theirs: perCall(theirs) },
});
const setOf = others => ({
  work: `coherent set, ${others} other processes hold it near, against ioredis set, pipelined`,
  ratio: sets[others].theirs / sets[others].ours,
  target: others === 2 ? 1.2 : null,
  us: sets[others],
});
publish('compare', new URL('results/', import.meta.url), { load: loadavg()[0] }, [
  ratio('near, shared', 'plain map and clock', 0.8),
  ratio('near, shared', 'ioredis, serial', 100),
  ratio('near, shared', 'ioredis get, pipelined', 30),
  ratio('near, primitive', 'ioredis get, pipelined', 30),
  ratio('near, own copy', 'ioredis, serial', 15),
  ratio('near, own copy', 'node-redis, client-side cache', null),
  ratio('near, own copy', 'memjs, serial', null),
  ratio('far, serial', 'ioredis, serial', null),
  ratio('far get, pipelined', 'ioredis get, pipelined', 2.2),
  ratio('far get, 2 clients', 'ioredis get, 2 clients', 2.8),
  ratio('far set, pipelined', 'ioredis set, pipelined', 2.5),
  ...[1, 2, 4, 7].map(setOf),
  await cpuRatio('getText', 'far get, pipelined'),
  await cpuRatio('setText', 'far set, pipelined'),
]);

for (const child of children) child.disconnect();
redis.close();
tracking.close();
memory.close();
await servers.close();
process.exit();

async function startClient() {
  const { cacheSocket, redisSocket } = servers;
  const child = fork(new URL('client.mjs', import.meta.url), [JSON.stringify({ cacheSocket, redisSocket, texts })]);
  await once(child, 'message');
  return child;
}

async function asks(child, way, bursts) {
  child.send({ way, bursts });
  await once(child, 'message');
}
