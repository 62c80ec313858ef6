import type * as fs from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Broker } from '../src/broker.ts';
import { encodeHello } from '../src/greeting.ts';
import { temporaryDirectory } from './helpers.ts';

/** The socket takes connections before its mode is set: here a peer comes in between. */
vi.mock('node:fs', async importOriginal => {
  const original = await importOriginal<typeof fs>();
  const chmodSync: typeof fs.chmodSync = (path, mode) => {
    const socket = connect(String(path));
    onTestFinished(() => {
      socket.destroy();
    });
    socket.write(encodeHello({ pid: 4242, role: 'worker', instance: 'early' }));
    original.chmodSync(path, mode);
  };
  return { ...original, chmodSync };
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
