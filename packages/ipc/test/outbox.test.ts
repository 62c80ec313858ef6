import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Outbox } from '../src/outbox.ts';
import { SLAB_BYTES } from '../src/slabs.ts';

/** Both ends of a connection on this machine. */
async function pair(): Promise<{ here: Socket; there: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const here = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [[there]] = await Promise.all([accepted, once(here, 'connect')]);
  onTestFinished(() => {
    here.destroy();
    there.destroy();
    server.close();
  });
  return { here, there };
}

function received(socket: Socket): { readonly bytes: Buffer } {
  const chunks: Buffer[] = [];
  socket.on('data', chunk => chunks.push(chunk));
  return {
    get bytes() {
      return Buffer.concat(chunks);
    },
  };
}

/** Writes `text` in place, into more room than it needs. */
function writeInPlace(outbox: Outbox, text: string, room = text.length + 10): boolean {
  const bytes = outbox.claim(room);
  if (bytes === undefined) return false;
  outbox.commit(bytes.write(text, outbox.at, 'latin1'));
  return true;
}

describe('an outbox', () => {
  it('sends what was written in place and what was handed over in the order in which it came', async () => {
    const { here, there } = await pair();
    const arrived = received(there);
    const outbox = new Outbox(here, 1 << 24);
    let expected = '';
    // More than a few slabs, in pieces that fill them unevenly; some are so large that they have room of their own.
    for (let i = 0; i < 900; i++) {
      const size = i % 100 === 99 ? SLAB_BYTES * 2 : (i * 37) % 900;
      const text = String.fromCharCode(97 + (i % 26)).repeat(size);
      expected += text;
      if (i % 3 === 0) outbox.send(Buffer.from(text));
      else expect(writeInPlace(outbox, text)).toBe(true);
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect(arrived.bytes.length).toBe(expected.length), 5_000);
    expect(arrived.bytes.toString('latin1') === expected).toBe(true);
    expect(outbox.backlog).toBe(0);
  });

  it('does not write over what the other end has yet to take', async () => {
    const { here, there } = await pair();
    there.pause();
    const outbox = new Outbox(here, 1 << 26);
    let expected = '';
    // Until the operating system takes no more, and beyond: slabs must not come back before.
    for (let i = 0; i < 400; i++) {
      const text = String.fromCharCode(65 + (i % 26)).repeat(20_000);
      expected += text;
      for (let at = 0; at < text.length; at += 1_000) writeInPlace(outbox, text.slice(at, at + 1_000));
      await new Promise(setImmediate);
    }
    expect(outbox.backlog).toBeGreaterThan(0);
    const arrived = received(there);
    there.resume();
    await vi.waitFor(() => expect(arrived.bytes.length).toBe(expected.length), 5_000);
    expect(arrived.bytes.toString('latin1') === expected).toBe(true);
  });

  it('begins to send before the tick is over, as often as the operating system takes it', async () => {
    const { here, there } = await pair();
    const arrived = received(there);
    const outbox = new Outbox(here, 1 << 20);
    for (let i = 0; i < 40; i++) writeInPlace(outbox, 'x'.repeat(1_000));
    // Two times a quarter of a slab have left.
    expect(outbox.backlog).toBe(6_000);
    await vi.waitFor(() => expect(arrived.bytes.length).toBe(40_000), 5_000);
  });

  it('refuses room that does not fit, and says so', async () => {
    const { here, there } = await pair();
    there.pause();
    const full = vi.fn();
    const outbox = new Outbox(here, 1_000, full);
    expect(writeInPlace(outbox, 'x'.repeat(600))).toBe(true);
    expect(outbox.backlog).toBe(600);
    expect(outbox.claim(401)).toBeUndefined();
    expect(full).toHaveBeenCalledOnce();
    expect(outbox.claim(400)).toBeDefined();
  });

  it('forgets what waits when it is told to, and goes on in whole frames', async () => {
    const { here, there } = await pair();
    const arrived = received(there);
    const outbox = new Outbox(here, 1 << 20);
    writeInPlace(outbox, 'forgotten');
    outbox.drop();
    writeInPlace(outbox, 'sent');
    await vi.waitFor(() => expect(arrived.bytes.toString()).toBe('sent'), 5_000);
    outbox.close();
    expect(outbox.claim(1)).toBeUndefined();
    expect(outbox.send(Buffer.from('late'))).toBe(false);
  });
});
