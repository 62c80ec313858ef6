import { once } from 'node:events';
import type * as fs from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Broker } from '../src/broker.ts';
import { encodeHello } from '../src/greeting.ts';
import { temporaryDirectory } from './helpers.ts';

/** The socket takes connections before its mode is set: here a peer comes in between, and is given all the time it needs. */
vi.mock('node:fs/promises', async importOriginal => {
  const original = await importOriginal<typeof fs>();
  const chmod: typeof fs.chmod = async (path, mode) => {
    const socket = connect(String(path));
    onTestFinished(() => {
      socket.destroy();
    });
    socket.write(encodeHello({ pid: 4242, role: 'worker', instance: 'early' }));
    await once(socket, 'connect');
    await once(socket, 'data', { signal: AbortSignal.timeout(200) }).catch(() => 'no welcome yet');
    await original.chmod(path, mode);
  };
  return { ...original, chmod };
});

it('nobody is taken in before the master could join its own bus', async () => {
  const broker = await Broker.listen(join(await temporaryDirectory(), 'bus'));
  onTestFinished(() => broker.close());
  const master = broker.join();
  onTestFinished(() => master.close());
  const joined = new Promise(resolve => broker.on('joined', resolve));
  expect(broker.peers()).toEqual([{ pid: process.pid, role: 'master' }]);
  expect(await joined).toEqual({ pid: 4242, role: 'worker' });
});
