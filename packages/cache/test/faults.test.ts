import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { encode, encodeFrame, FrameReader } from '@troupe/ipc/transport';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { switchedOff } from '../src/errors.ts';
import { ProcessCache } from '../src/process-cache.ts';
import { CACHE_PROTOCOL_VERSION, Kind, LAST_KIND, MAX_FRAME, type Message } from '../src/protocol.ts';
import { userOf } from '../src/user.ts';
import { encodeMessage, readMessage } from '../src/wire.ts';
import { calls, newProcess, startManager, temporaryDirectory } from './helpers.ts';

const hello = encodeMessage({ kind: Kind.hello, id: 77, cache: 0, flags: 0, token: CACHE_PROTOCOL_VERSION });
const welcome = encodeMessage({ kind: Kind.welcome, id: 0, cache: 0, flags: 0, token: CACHE_PROTOCOL_VERSION });
const plain = { id: 1, cache: 1, flags: 0 };

/** A manager that opens caches, and leaves all else to `asked`. */
async function unhelpfulManager(asked: (socket: Socket, message: Message) => void): Promise<{ socket: string }> {
  const path = join(await temporaryDirectory(), 'cache');
  const server = createServer({ allowHalfOpen: true }, socket => {
    const frame = (read: Parameters<typeof readMessage>[0]) => {
      const message = readMessage(read);
      const { kind, id, cache } = message;
      if (kind === Kind.hello) socket.write(welcome);
      else if (kind === Kind.open) socket.write(encodeMessage({ kind: Kind.done, id, cache, flags: 0 }));
      else asked(socket, message);
    };
    const reader = new FrameReader(MAX_FRAME, { frame, malformed: () => socket.destroy() }, LAST_KIND);
    socket.on('data', chunk => reader.push(chunk));
    onTestFinished(() => void socket.destroy());
  }).listen(path);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { socket: path };
}

describe('what cannot be read', () => {
  const nonsense: Record<string, Buffer[]> = {
    'no frame at all': [Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(10))],
    'a length beyond all limits': [hello, Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 0])],
    'a kind that there is not': [hello, encodeFrame({ kind: 99 })],
    'no hello': [encodeMessage({ ...plain, kind: Kind.get, key: 'k' })],
    'another version': [
      encodeMessage({ kind: Kind.hello, id: 77, cache: 0, flags: 0, token: CACHE_PROTOCOL_VERSION + 1 }),
    ],
    'no fields': [hello, encodeFrame({ kind: Kind.get })],
    'a key that is cut short': [hello, encodeFrame({ kind: Kind.get, source: 1 }, Buffer.from([8, 0, 9, 9, 1]))],
    'a number that is none': [
      hello,
      encodeFrame({ kind: Kind.set, source: 1 }, Buffer.from([2, 0, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0])),
    ],
    'a cache that was not opened': [hello, encodeMessage({ ...plain, kind: Kind.get, key: 'k' })],
    'options that cannot be decoded': [
      hello,
      encodeMessage({ ...plain, kind: Kind.open, key: 'c', value: Buffer.from([1, 0xc1, 0xc1]) }),
    ],
    'an answer, from a process': [hello, encodeMessage({ ...plain, kind: Kind.value })],
    'a question that there is not': [hello, encodeMessage({ ...plain, kind: Kind.ask, key: 'constructor' })],
  };

  it.each(Object.entries(nonsense))('%s: the connection ends, and nothing else happens', async (_name, frames) => {
    const log = vi.fn();
    const manager = await startManager({ log });
    const cache = newProcess(manager).use('c');
    await cache.set('k', 1);
    const socket = connect(manager.socket).resume();
    for (const frame of frames) socket.write(frame);
    await once(socket, 'close', { signal: AbortSignal.timeout(5_000) });
    expect(log).toHaveBeenCalledWith(expect.stringMatching(/cut off (process 77|an unknown process): /));
    expect(await cache.del('k')).toBe(1);
  });

  it('a process that reads nothing is cut off', async () => {
    const log = vi.fn();
    const manager = await startManager({ log, maxBacklog: 100_000 });
    const cache = newProcess(manager).use('c');
    await cache.set('k', 'x'.repeat(50_000));
    const socket = connect(manager.socket).on('error', () => undefined);
    await once(socket, 'connect');
    const options = { timeout: 1, maxEntries: 9, maxBytes: 1e6, staleWhileRevalidate: 0 };
    socket.write(hello);
    socket.write(encodeMessage({ ...plain, kind: Kind.open, key: 'c', value: encode(options, 'options') }));
    const get = encodeMessage({ ...plain, kind: Kind.get, key: 'k' });
    for (let i = 0; i < 500; i++) socket.write(get);
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith(expect.stringContaining('does not read')), 5_000);
    socket.destroy();
    expect(await cache.has('k')).toBe(true);
  });
});

describe('the manager goes away', () => {
  it('reads are asked again; what was near is not read any more; watchers are told', async () => {
    const socket = join(await temporaryDirectory(), 'cache');
    const first = await startManager({ socket });
    const here = newProcess(first);
    const cache = here.use<number>('c');
    await cache.set('k', 1);
    expect([await cache.get('k'), await cache.get('k')]).toEqual([1, 1]);
    const missed = calls<[string]>(1, listener => cache.watch('k', () => undefined, { missed: listener }));
    await cache.has('k');
    await first.close();
    await vi.waitFor(() => expect(here.member.isUp).toBe(false));
    const read = cache.get('k', undefined, { wait: 10_000 });
    const loaded = cache.get('l', async () => 2, { wait: 10_000 });
    await startManager({ socket });
    expect(await read).toBeNull();
    expect(await loaded).toBe(2);
    expect((await missed)[0]?.[0]).toContain('lost');
  });

  it('what was read near is told to the manager of that time, and to no other', async () => {
    const socket = join(await temporaryDirectory(), 'cache');
    const first = await startManager({ socket });
    const here = newProcess(first);
    const cache = here.use<number>('c');
    const readNear = async (times: number) => {
      await cache.set('k', 1, { wait: 10_000 });
      for (let i = 0; i <= times; i++) await cache.get('k');
      return (await cache.stat()).hits.near;
    };
    expect(await readNear(5)).toBe(5);
    await first.close();
    await vi.waitFor(() => expect(here.member.isUp).toBe(false));
    await startManager({ socket });
    expect(await readNear(2)).toBe(2);
  });

  it('what it says after a process has gone to another is not heeded', async () => {
    let first: Socket | undefined;
    const here = newProcess(
      await unhelpfulManager(socket => {
        first = socket;
      }),
    );
    const cache = here.use('c');
    const read = cache.get('k', null, { wait: 10_000 });
    await vi.waitFor(() => expect(first).toBeDefined());
    here.connect((await startManager()).socket);
    expect(await read).toBeNull();
    expect(await cache.set('k', 1)).toBe(true);
    first?.end(welcome);
    await once(first as Socket, 'close');
    expect(await cache.get('k')).toBe(1);
    expect(await cache.set('k', 2)).toBe(true);
  });

  it('a read that was asked again waits no longer than it was to', async () => {
    let asked = 0;
    const manager = await unhelpfulManager((socket, { kind }) => {
      if (kind !== Kind.get) return;
      asked++;
      // The last one is not answered at all.
      if (asked < 3) socket.destroy();
    });
    const cache = newProcess(manager).use('c');
    const begun = performance.now();
    await expect(cache.get('k', null, { wait: 700 })).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_TIMEOUT' });
    const took = performance.now() - begun;
    expect(asked).toBe(3);
    expect(took).toBeGreaterThan(690);
    expect(took).toBeLessThan(1_400);
  });

  it('a change under way is of unknown outcome', async () => {
    const manager = await startManager({ succeeds: true });
    const here = newProcess(manager);
    const cache = here.use('c', { timeout: 10_000 });
    await cache.has('k');
    // A manager that succeeds another makes no change in its first second.
    const set = cache.set('k', 1);
    const outcome = expect(set).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_OUTCOME_UNKNOWN' });
    await cache.has('k');
    await manager.close();
    await outcome;
  });

  it('a change that nobody could be told of is not made later', async () => {
    const socket = join(await temporaryDirectory(), 'cache');
    const here = newProcess({ socket });
    const cache = here.use('c');
    await expect(cache.set('k', 1, { wait: 30 })).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_NO_MANAGER' });
    await expect(cache.get('k', null, { wait: 30 })).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_NO_MANAGER' });
    await startManager({ socket });
    expect(await cache.get('k', null, { wait: 10_000 })).toBeNull();
  });

  it('where the cache is switched off nothing waits, until there is one after all', async () => {
    const socket = join(await temporaryDirectory(), 'cache');
    const here = new ProcessCache();
    onTestFinished(() => here.close());
    const wait = { wait: 60_000 };
    const before = here.use('c');
    const waiting = [before.get('k', null, wait), before.set('k', 1, wait), userOf(here).ns(wait)];
    here.member.refuse(switchedOff());
    const after = [before.del('k', wait), here.use('d').get('k', null, wait), userOf(here).stat('c', wait)];
    const isOff = { code: 'TROUPE_ERR_CACHE_NO_MANAGER', message: expect.stringContaining('cache.enable: false') };
    await Promise.all([...waiting, ...after].map(call => expect(call).rejects.toMatchObject(isOff)));
    here.connect(socket);
    const patient = before.set('k', 2, wait);
    await startManager({ socket });
    expect(await patient).toBe(true);
  });

  it('a manager that succeeds another waits for the leases that it may have given', async () => {
    const manager = await startManager({ succeeds: true });
    const cache = newProcess(manager).use('c');
    await cache.has('k');
    await expect(cache.set('k', 1, { wait: 100 })).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_OUTCOME_UNKNOWN' });
    expect(await cache.get('k')).toBeNull();
    expect(await cache.set('k', 2)).toBe(true);
  });
});

describe('persistence', () => {
  const keys = ['plain', '../../../etc/passwd', 'a/b\\c:d', '', 'ключ', 'x'.repeat(60_000)];

  it('finds everything again, in time', async () => {
    const persistPath = await temporaryDirectory();
    const first = await startManager({ persistPath });
    const here = newProcess(first);
    const cache = here.use('names/../here', { persist: true });
    for (const key of keys) expect(await cache.set(key, { of: key })).toBe(true);
    await cache.set('deleted', 1);
    await cache.del('deleted');
    await cache.set('short', 1, { expire: 50 });
    await cache.set('long', 2, { expire: 60_000 });
    await here.use('not kept').set('k', 1);
    await first.close();
    expect((await readdir(persistPath)).sort()).toEqual(['cache.mdb', 'cache.mdb-lock']);

    const second = newProcess(await startManager({ persistPath }));
    const again = second.use('names/../here', { persist: true });
    for (const key of keys) expect(await again.get(key)).toEqual({ of: key });
    expect(await again.get('deleted')).toBeNull();
    await vi.waitFor(async () => expect(await again.get('short')).toBeNull());
    expect(await again.get('long')).toBe(2);
    const found = await userOf(second).inspect('names/../here', 'long');
    expect(found).toEqual([2, true, expect.any(Number)]);
    expect(found?.[2]).toBeLessThanOrEqual(60_000);
    expect(await second.use('not kept').get('k')).toBeNull();
  });

  it.each([
    ['foreign', () => Buffer.from('no database '.repeat(5_000))],
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    ['overwritten', (bytes: Buffer) => Buffer.from(bytes).fill(0xff, 8_192)],
  ])('sets a file aside that is %s', async (_name, damage) => {
    const persistPath = await temporaryDirectory();
    const first = await startManager({ persistPath });
    const cache = newProcess(first).use('c', { persist: true });
    await Promise.all(Array.from({ length: 500 }, (_, i) => cache.set(`k${i}`, 'v'.repeat(200))));
    await first.close();
    const file = join(persistPath, 'cache.mdb');
    await writeFile(file, damage(await readFile(file)));

    const log = vi.fn();
    const again = newProcess(await startManager({ persistPath, log })).use('c', { persist: true });
    expect(await again.get('k1')).toBeNull();
    expect(await again.set('k1', 1)).toBe(true);
    expect(log).toHaveBeenCalledWith(expect.stringMatching(/was set aside as .*set-aside-.*; the cache begins empty/));
    expect((await readdir(persistPath)).filter(name => name.includes('set-aside'))).toHaveLength(1);
  });

  it('sets a file aside that has ended three processes', async () => {
    const persistPath = await temporaryDirectory();
    const first = await startManager({ persistPath });
    await newProcess(first).use('c', { persist: true }).set('k', 1);
    await first.close();
    await writeFile(join(persistPath, 'opening'), '3');
    const log = vi.fn();
    const again = newProcess(await startManager({ persistPath, log })).use('c', { persist: true });
    expect(await again.get('k')).toBeNull();
    expect(log).toHaveBeenCalledWith(expect.stringContaining('ended 3 processes in a row'));
    expect(await readdir(persistPath)).not.toContain('opening');
  });

  it('is refused where there is no directory for it', async () => {
    const cache = newProcess(await startManager()).use('c', { persist: true });
    await expect(cache.set('k', 1)).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_NO_PERSISTENCE' });
    await expect(cache.get('k')).rejects.toMatchObject({ code: 'TROUPE_ERR_CACHE_NO_PERSISTENCE' });
  });

  it('a second manager waits for the first to leave, and then says who has the directory', async () => {
    const persistPath = await temporaryDirectory();
    const first = await startManager({ persistPath });
    await newProcess(first).use('c', { persist: true }).set('k', 1);
    await expect(startManager({ persistPath, lockTimeout: 10 })).rejects.toMatchObject({
      code: 'TROUPE_ERR_CACHE_PERSIST_LOCKED',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    const second = startManager({ persistPath, lockTimeout: 10_000 });
    await first.close();
    expect(
      await newProcess(await second)
        .use('c', { persist: true })
        .get('k'),
    ).toBe(1);
  });
});
