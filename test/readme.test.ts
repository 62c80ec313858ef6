/**
 * The examples of cluster2's README run here word for word, but for what they import and the ports; and so does the
 * example of our own.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { addressesOf } from './harness/addresses.ts';
import { get, type Reply } from './harness/clients.ts';
import { codeBlocks } from './harness/markdown.ts';
import { cluster2Examples, runExample, stops } from './harness/readme-example.ts';

const ROOT = join(import.meta.dirname, '..');

/** What the README speaks of without saying what it is. */
const APPS = `
  const app = require('express')();
  const monApp = require('express')();
  app.get('/', (req, res) => res.send('the application'));
  app.get('/myapplication/route1', (req, res) => {
    console.log(JSON.stringify({ event: 'asked' }));
    res.send('well');
  });
  monApp.get('/mine', (req, res) => res.send('the monitor'));
`;

let listenExample = '';
let emitterExample = '';
let controlExample = '';
let monitorExample = '';
let registerExample = '';
let statusExamples = '';

beforeAll(async () => {
  const examples = await cluster2Examples('cluster2-readme.txt');
  const [cluster = '', emitter = '', ecv = '', register = '', ...statuses] = examples;
  listenExample = cluster;
  emitterExample = emitter;
  registerExample = register;
  statusExamples = statuses.join('');
  const [first = '', second = ''] = ecv.split('//alternatively');
  controlExample = first;
  // A process listens once: the alternative needs its own import of `listen`.
  monitorExample = `const { listen } = require('@troupe/runner');\n${second}`;
});

test("cluster2's README: listen()", async () => {
  const cluster = await runExample('listen.cjs', APPS + listenExample);
  const { app, monitor } = await addressesOf(cluster);
  expect(await read(`${app}/`)).toEqual({ status: 200, body: 'the application' });
  expect(await read(`${monitor}/mine`)).toEqual({ status: 200, body: 'the monitor' });
  expect((await read(`${monitor}/ecv`)).status).toBe(200);
  await stops(cluster);
});

test("cluster2's README: ECV in control mode, and in the application by enable(app)", async () => {
  const cluster = await runExample('ecv-control.cjs', APPS + controlExample);
  const { app, monitor } = await addressesOf(cluster);
  for (const up of ['markUp', 'markDown', 'markUp']) {
    const status = up === 'markUp' ? 200 : 500;
    expect((await read(`${monitor}/ecv/${up}`)).status).toBe(status);
    expect((await read(`${monitor}/ecv`)).status).toBe(status);
    expect((await read(`${app}/ecv`)).status).toBe(status);
  }
  await stops(cluster);
});

test("cluster2's README: ECV in monitor mode asks the application", async () => {
  const cluster = await runExample('ecv-monitor.cjs', APPS + monitorExample);
  const { monitor } = await addressesOf(cluster);
  expect((await read(`${monitor}/ecv`)).status).toBe(200);
  await cluster.event('asked');
  await stops(cluster);
});

test.each([
  // By `emit` and by `emitTo` with the pids of the workers.
  ['master', 'worker', 2],
  // By `emit`, by `emitTo` with 'master', and by `to('master')`.
  ['worker', 'master', 3],
])("cluster2's README: the emitter, from a %s", async (from, to, times) => {
  const cluster = await runExample('emitter.cjs', emitterBetween(from, to));
  await cluster.event('done');
  expect(cluster.events('heard').map(({ args }) => args)).toEqual(Array(times).fill(['arg0', 'arg1']));
  await stops(cluster);
});

test.each(['master', 'worker'])("cluster2's README: statuses, seen and set from a %s", async from => {
  const cluster = await runExample('status.cjs', statusesFrom(from));
  const [{ entries: got }, { entries: set }] = [await cluster.event('got'), await cluster.event('set')];
  const { pid: worker } = await cluster.event('resolved');
  expect(got).toHaveLength(2);
  for (const pid of [cluster.pid, worker]) {
    expect(got).toContainEqual({ pid, name: 'status-name', status: 'view' });
    expect(set).toContainEqual({ pid, name: 'status-name' });
  }
  await stops(cluster);
});

test.each(['README.md', 'packages/runner/README.md'])('%s: its example', async file => {
  const [example = ''] = await codeBlocks(join(ROOT, file), 'ts');
  expect(example).toBe(await readFile(join(ROOT, 'examples/express/src/server.ts'), 'utf8'));
  const cluster = await runExample('ours.mjs', example, ['--port=0', '--monPort=0', '--noWorkers=2']);
  const { app, monitor } = await addressesOf(cluster);
  expect(await read(`${app}/`)).toMatchObject({
    status: 200,
    body: expect.stringMatching(/^Hello from worker \d+\n$/),
  });
  expect((await read(`${monitor}/ecv`)).status).toBe(200);
  await stops(cluster);
});

/** A cluster in which processes of one kind run the example, and those of the other say what they hear of it. */
function emitterBetween(from: string, to: string): string {
  return `
    const cluster = require('node:cluster');
    const { listen } = require('@troupe/runner');
    const hearing = require('@troupe/runner/emitter');
    const _ = { map: (collection, iteratee) => Object.values(collection ?? {}).map(iteratee) };
    const callback = () => {};
    const callbackOnce = () => {};
    const say = (event, args) => console.log(JSON.stringify({ event, args }));
    const is = kind => cluster.isPrimary === (kind === 'master');
    if (is('${to}')) {
      hearing.on('event', (...args) => say('heard', args));
      hearing.on('end of example', () => say('done'));
    }
    listen({ app: (req, res) => res.end(), noWorkers: 1, port: 0, monPort: 0 }).then(() => {
      if (is('${from}')) example();
    });
    function example() {
      ${emitterExample}
      emitter.emit('end of example');
    }
  `;
}

/** A cluster of a master and a worker that both register the example's status; one of them goes on with the examples. */
function statusesFrom(from: string): string {
  const say = (event: string, entries: string) =>
    `console.log(JSON.stringify({ event: '${event}', entries: ${entries} }))`;
  return `
    const cluster = require('node:cluster');
    const { listen } = require('@troupe/runner');
    ${registerExample}
    listen({ app: (req, res) => res.end(), noWorkers: 1, port: 0, monPort: 0 }).then(() => {
      if (cluster.isWorker) console.log(JSON.stringify({ event: 'resolved', pid: process.pid }));
      if (cluster.isPrimary === ('${from}' === 'master')) examples();
    });
    function examples() {
      ${statusExamples.replace('//got status', say('got', 'status')).replace('//set or not', say('set', 'set'))}
    }
  `;
}

async function read(url: string): Promise<Pick<Reply, 'status' | 'body'>> {
  const { status, body } = await get(url);
  return { status, body };
}
