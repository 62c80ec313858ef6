import { expect, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';

test('a stopped worker is replaced and killed, and requests succeed after that; defect: never fired', async () => {
  const OPTIONS = JSON.stringify({ heartbeatInterval: 200, nanny: { tolerance: 1_000 } });
  const cluster = await Cluster.start('configured', { env: { OPTIONS } });
  const [{ port, pid }] = await Promise.all([cluster.event('listening', 2), cluster.event('up')]);
  process.kill(Number(pid), 'SIGSTOP');
  await cluster.logged(new RegExp(`worker ${pid} will be replaced by .*silent`));
  await cluster.logged(new RegExp(`worker ${pid} was killed by SIGKILL`));
  for (let n = 0; n < 8; n++) expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).not.toBe(String(pid));
});
