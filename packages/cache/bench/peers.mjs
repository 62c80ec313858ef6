/** The cache and those it is compared with, each with one value of about 192 bytes: `get`, `set`, and how it is prepared. */
import { use } from '@troupe/cache';
import { Redis } from 'ioredis';
import memjs from 'memjs';
import { BasicClientSideCache, createClient } from 'redis';

/** 192 bytes of JSON. */
export const VALUE = {
  id: 7,
  name: 'a product of some kind',
  tags: ['red', 'blue'],
  price: { amount: 12.5, of: 'EUR' },
  text: 'x'.repeat(80),
};
const JSON_VALUE = JSON.stringify(VALUE);
/** The same length as text, which nobody has to encode. */
export const TEXT = 'x'.repeat(192);

/**
 * What reads and writes at a Redis server, by ioredis as it is. With `enableAutoPipelining` it takes less of the server's
 * time, but more of its own, and is no faster here.
 */
export function ioredis(path) {
  const client = new Redis({ path });
  return {
    get: async key => JSON.parse((await client.get(key)) ?? 'null'),
    set: key => client.set(key, JSON_VALUE),
    getText: key => client.get(key),
    setText: key => client.set(key, TEXT),
    close: () => client.disconnect(),
  };
}

/** node-redis, which keeps what it has read until the server says that it has changed. */
export async function nodeRedis(path) {
  const client = createClient({ socket: { path }, RESP: 3, clientSideCache: new BasicClientSideCache({ ttl: 0 }) });
  await client.connect();
  return {
    get: async key => JSON.parse((await client.get(key)) ?? 'null'),
    set: key => client.set(key, JSON_VALUE),
    close: () => client.destroy(),
  };
}

/** memcached by memjs, which speaks TCP only. */
export function memcached(port) {
  const client = memjs.Client.create(`127.0.0.1:${port}`);
  return {
    get: async key => JSON.parse(String((await client.get(key)).value)),
    set: key => client.set(key, JSON_VALUE, { expires: 0 }),
    close: () => client.close(),
  };
}

export function troupe(name, options) {
  const cache = use(name, { timeout: 60_000, ...options });
  const get = key => cache.get(key);
  return { get, set: key => cache.set(key, VALUE), getText: get, setText: key => cache.set(key, TEXT), cache };
}
