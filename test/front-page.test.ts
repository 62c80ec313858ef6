import { expect, test } from 'vitest';
import { get } from './harness/clients.ts';
import { Cluster } from './harness/cluster.ts';

test('the monitor’s front page tells machines how the cluster is, and leads people to what there is', async () => {
  const cluster = await Cluster.start('hello');
  const port = Number((await cluster.event('up')).port);
  const json = await get({ port, path: '/' });
  expect(json).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
  expect(JSON.parse(json.body)).toMatchObject({
    host: { name: expect.any(String), cores: expect.any(Number) },
    cluster: { pid: cluster.pid, wanted: 2, generation: 1 },
    traffic: { up: true, ready: 2 },
    workers: [{ state: 'ready' }, { state: 'ready' }],
  });

  const html = await get({ port, path: '/?x=1', headers: { accept: 'text/html,*/*;q=0.8' } });
  expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
  const links = [...html.body.matchAll(/<a href="([^"]+)"/g)].map(([, link = '']) => link);
  expect(links).toEqual(['/debug', '/help', '/ecv', '/metrics', '/deps']);
  for (const path of links) expect(await get({ port, path })).toMatchObject({ status: 200 });

  expect(await get({ port, path: '/', headers: { host: 'evil.example' } })).toMatchObject({ status: 421 });
  expect(await get({ port, path: '/nothing' })).toMatchObject({ status: 404 });
});
