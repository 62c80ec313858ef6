/** The cache's examples of cluster2's README run here word for word, but for what they import, the ports, and a `wait` that a busy machine can keep. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { codeBlocks } from './harness/markdown.ts';

/** Inside the repository, so that the packages are found from there. */
const WRITTEN = join(import.meta.dirname, 'dist', 'readme');

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
  await mkdir(WRITTEN, { recursive: true });
  const examples = await codeBlocks(join(import.meta.dirname, 'fixtures', 'cluster2-readme-cache.txt'), 'js');
  [use = '', keys = '', listen = '', enable = '', get = '', set = '', del = '', watch = '', unwatch = ''] =
    examples.map(ofToday);
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
  const cluster = await run(`
    const cluster = require('node:cluster');
    const { listen } = require('@troupe/runner');
    const app = (req, res) => res.end();
    ${usage()}
    const up = ${listen};
    up.then(() => cluster.isWorker && examples());
  `);
  await shows(cluster);
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

test("cluster2's README: the cache without a cluster; the process ends by itself", async () => {
  const cluster = await run(`${enable}\n${usage()}\nexamples();`);
  await shows(cluster);
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

/** The changes that a user makes, and where the result is told. */
function ofToday(example: string): string {
  const tells = Object.entries(results).reduce(
    (code, [comment, name]) => code.replace(comment, `told(${name}); $&`),
    example,
  );
  return tells
    .replaceAll("require('cluster2", "require('@troupe/runner")
    .replaceAll(/\b909\d\b/g, '0')
    .replaceAll("'wait': 100", "'wait': 5000");
}

/** In a directory of its own, in which the cache persists. */
async function run(source: string): Promise<Cluster> {
  const cwd = await mkdtemp(join(WRITTEN, 'cache-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const script = join(cwd, 'example.cjs');
  await writeFile(script, source);
  return Cluster.start(script, { cwd });
}
