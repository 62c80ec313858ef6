import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Frame } from '../src/frame.ts';
import { FrameReader } from '../src/frame-reader.ts';
import { encodeHello, goodbyeIn } from '../src/greeting.ts';
import { bareValueIn } from '../src/message.ts';
import { type Goodbye, Kind, type Role } from '../src/protocol.ts';

export interface RawPeer {
  readonly socket: Socket;
  /** Resolves with the broker's last words (undefined when there were none) once the connection is closed. */
  readonly closed: Promise<Goodbye | undefined>;
  /** The value of the first frame of this kind. */
  first(kind: Kind): Promise<unknown>;
}

/** A socket to the broker that keeps to no rules. */
export async function rawPeer(path: string): Promise<RawPeer> {
  const socket = connect(path);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => undefined);
  let goodbye: Goodbye | undefined;
  const values = new Map<number, unknown>();
  const waiting = new Set<() => void>();
  const reader = new FrameReader(1 << 26, {
    frame: (frame: Frame) => {
      if (frame.kind === Kind.goodbye) goodbye = goodbyeIn(frame);
      if (frame.kind === Kind.event) return;
      if (!values.has(frame.kind)) values.set(frame.kind, bareValueIn(frame));
      for (const check of waiting) check();
    },
    malformed: problem => socket.destroy(new Error(problem)),
  });
  socket.on('data', chunk => reader.push(chunk));
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(10_000) }).then(() => goodbye);
  await once(socket, 'connect');
  return {
    socket,
    closed,
    first: kind =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no frame of kind ${kind}`)), 5_000);
        const check = () => {
          if (!values.has(kind)) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(values.get(kind));
        };
        waiting.add(check);
        check();
      }),
  };
}

/** One that has said hello and was taken in. */
export async function greetedPeer(
  path: string,
  role: Role = 'worker',
  pid = 4242,
  instance = `raw-${pid}`,
): Promise<RawPeer> {
  const peer = await rawPeer(path);
  peer.socket.write(encodeHello({ pid, role, instance }));
  await peer.first(Kind.welcome);
  return peer;
}
