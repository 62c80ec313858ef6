/**
 * GET /deps, answered from memory, against the command `npm ls --json --all`, of this repository; and, because nobody waits
 * for a command only once, a reading of everything anew against it.
 * Run after a build: node packages/deps-middleware/bench/npm-ls.mjs
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { deps } from '@troupe/deps-middleware';

const ROUNDS = 7;
const REPOSITORY = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

const middleware = deps({ path: REPOSITORY });
const server = createServer((req, res) => middleware(req, res, () => res.end()));
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}/deps`;

const get = async () => (await fetch(url)).text();
const npmLs = async () =>
  (await run('npm', ['ls', '--json', '--all', '--offline'], { cwd: REPOSITORY, maxBuffer: 2 ** 26 })).stdout;
/** As after an edit: the file's time changes, not its text. */
const getAnew = () => {
  const now = new Date();
  utimesSync(join(REPOSITORY, 'package.json'), now, now);
  return get();
};

const same = (await get()) === (await npmLs());
const took = { 'npm ls': [], warm: [], anew: [] };
for (let round = 0; round < ROUNDS; round++) {
  took['npm ls'].push(await timed(npmLs));
  took.anew.push(await timed(getAnew));
  // A change of a moment ago is read twice, in case it was not over.
  await get();
  took.warm.push(await timed(get));
}
server.close();
server.closeAllConnections();
await middleware.close();

const ms = Object.fromEntries(Object.entries(took).map(([name, all]) => [name, median(all)]));
const result = {
  machine: `${availableParallelism()} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}`,
  node: process.version,
  rounds: ROUNDS,
  sameText: same,
  medianMs: ms,
  warmTimesFaster: Math.round(ms['npm ls'] / ms.warm),
  anewTimesFaster: Number((ms['npm ls'] / ms.anew).toFixed(1)),
};
console.log(result);
const directory = new URL('results/', import.meta.url);
mkdirSync(directory, { recursive: true });
writeFileSync(
  new URL(`npm-ls-node${process.versions.node.split('.')[0]}.json`, directory),
  `${JSON.stringify(result, null, 2)}\n`,
);

async function timed(work) {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

function median(numbers) {
  return Number([...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]?.toFixed(1));
}
