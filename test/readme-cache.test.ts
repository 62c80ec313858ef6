/** The cache's examples of cluster2's README run here word for word, but for what they import, the ports, and a `wait` that a busy machine can keep. */
import { beforeAll, expect, test } from 'vitest';
import type { Cluster } from './harness/cluster.ts';
import { cluster2Examples, runExample, stops } from './harness/readme-example.ts';

/** The comment of an example that stands where its result is. */
const results: Record<string, string> = {
  '//the keys resolved': 'keys',
  '//the value resolved': 'value',
  '//the happens resolved': 'happens',
  '//the old value deleted': 'value',
  '//this is a callback': 'value',
};
let use = '';
let keys = '';
let listen = '';
let enable = '';
let get = '';
let set = '';
let del = '';
let watch = '';
let unwatch = '';

beforeAll(async () => {
  const examples = (await cluster2Examples('cluster2-readme-cache.txt')).map(tells);
  [use = '', keys = '', listen = '', enable = '', get = '', set = '', del = '', watch = '', unwatch = ''] = examples;
});

/** Example after example, each when the one before has said what came of it; `watching` is what it does not define. */
const usage = () => `
  const say = (event, result) => console.log(JSON.stringify({ event, result }));
  const said = name => new Promise(resolve => { waiting[name] = resolve; });
  const waiting = {};
  function told(name, result) { say(name, result); waiting[name]?.(); }
  async function examples() {
    ${use}
    ${watch.replaceAll('told(', "told('watched', ")}
    let next = said('got');
    ${get.replaceAll('told(', "told('got', ")}
    await next;
    next = said('keys');
    ${keys.replaceAll('told(', "told('keys', ")}
    await next;
    next = said('set');
    ${set.replaceAll('told(', "told('set', ")}
    await next;
    next = said('deleted');
    ${del.replaceAll('told(', "told('deleted', ")}
    await next;
    const watching = () => {};
    ${unwatch}
    say('end');
  }
`;

async function shows(cluster: Cluster): Promise<void> {
  await cluster.event('end');
  expect(cluster.events('got')).toMatchObject([{ result: 'cache-value-loaded-1' }]);
  expect(cluster.events('keys')).toMatchObject([{ result: ['cache-key-1'] }]);
  expect(cluster.events('set')).toMatchObject([{ result: true }]);
  expect(cluster.events('deleted')).toMatchObject([{ result: 'cache-value-loaded-1' }]);
  const changes = ['cache-value-loaded-1', 'cache-value-loaded-1', undefined];
  expect(cluster.events('watched').map(({ result }) => result)).toEqual(changes);
}

test("cluster2's README: the cache, in a worker", async () => {
  const cluster = await runExample(
    'cache.cjs',
    `
    const cluster = require('node:cluster');
    const { listen } = require('@troupe/runner');
    const app = (req, res) => res.end();
    ${usage()}
    const up = ${listen};
    up.then(() => cluster.isWorker && examples());
  `,
  );
  await shows(cluster);
  await stops(cluster);
});

test("cluster2's README: the cache without a cluster; the process ends by itself", async () => {
  const cluster = await runExample('cache.cjs', `${enable}\n${usage()}\nexamples();`);
  await shows(cluster);
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

/** Tells the result where a comment stands for it, and waits as long as a busy machine needs. */
function tells(example: string): string {
  const told = Object.entries(results).reduce(
    (code, [comment, name]) => code.replace(comment, `told(${name}); $&`),
    example,
  );
  return told.replaceAll("'wait': 100", "'wait': 5000");
}
