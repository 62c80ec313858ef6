// `npm run demo`: the Express example as a real cluster, and what it does when things happen to it. Every number is
// measured in this run, and what is said is checked: the demo ends with exit code 1 when something did not hold.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Cluster } from './demo/cluster.mjs';
import { get, LoadBalancer } from './demo/load-balancer.mjs';
import { build, install } from './steps.mjs';

const WORKERS = 4;
const CLIENTS = 8;
/** How long the check is down before the cluster stops accepting, ms: the load balancer has to notice. */
const DRAIN_DELAY = 300;

install();
build('examples/express');
console.log(`\n── demo: examples/express with ${WORKERS} workers\n`);
const began = performance.now();
const cluster = new Cluster({ workers: WORKERS, drainDelay: DRAIN_DELAY });
try {
  const { balancer, url, workers } = await start();
  await spread(url, workers);
  await load(balancer, url);
  await crash(balancer, workers);
  await stop(balancer);
  console.log('\nAll of this was measured just now, and all of it held.');
} catch (error) {
  console.error(`\nThis did not hold: ${error.message}`);
  cluster.process.kill();
  process.exit(1);
}

async function start() {
  const { port } = await cluster.logged(/^monitor listens/);
  const balancer = new LoadBalancer(`http://127.0.0.1:${port}/ecv`);
  await balancer.says(500);
  tell(`The monitor listens on port ${port}. The health check, /ecv, says 500.`);
  const { worker } = await cluster.logged(/is warming$/);
  tell(`Worker ${worker} warms up: it serves requests on an address of its own, and nobody else's.`);
  const { address } = await cluster.logged(/workers are ready/);
  const workers = cluster.ready;
  tell(`Workers ${workers.join(', ')} are ready, and share port ${address.port}.`);
  await balancer.says(200);
  const [before, after] = balancer.changes;
  assert.deepEqual([before.status, after.status], [500, 200], '/ecv says 500 until all workers are ready, then 200');
  tell(`/ecv says 200. Before, it was asked ${before.checks} times and always said 500.`);
  return { balancer, url: `http://127.0.0.1:${address.port}/`, workers };
}

async function spread(url, workers) {
  const counts = new Map(workers.map(pid => [pid, 0]));
  for (let sent = 0; sent < 100; sent++) {
    const pid = Number((await get(url)).body.match(/\d+/)?.[0]);
    counts.set(pid, counts.get(pid) + 1);
  }
  assert.ok(Math.min(...counts.values()) > 0, 'every worker gets requests');
  tell(`100 requests on new connections are spread over the workers: ${[...counts.values()].join(', ')}.`);
}

async function load(balancer, url) {
  balancer.send(url, CLIENTS);
  await delay(500);
  assert.deepEqual(balancer.failed, [], 'no request fails');
  tell(`${CLIENTS} clients ask without a pause: ${count(balancer.answered)} answers in half a second, 0 failed.`);
}

async function crash(balancer, workers) {
  const [victim] = workers;
  const before = balancer.answered;
  const at = performance.now();
  process.kill(victim, 'SIGKILL');
  tell(`kill -9 ${victim}, while they ask.`);
  const { worker } = await cluster.logged(/is ready$/, line => !workers.includes(line.worker));
  tell(`Worker ${worker} has taken its place, warmed up, after ${Math.round(performance.now() - at)} ms.`);
  const broken = balancer.failed.splice(0).length;
  assert.ok(broken <= CLIENTS, 'only what the killed worker was answering is lost');
  assert.ok(balancer.answered > before, 'the others go on');
  tell(
    `The others answered ${count(balancer.answered - before)} requests meanwhile. What ${victim} was answering is lost: ${broken}.`,
  );
}

async function stop(balancer) {
  const before = balancer.answered;
  const at = performance.now();
  cluster.process.kill('SIGTERM');
  tell('SIGTERM to the master, while they ask.');
  await balancer.says(500);
  tell(`/ecv says 500 after ${Math.round(performance.now() - at)} ms, so the load balancer sends no more.`);
  await balancer.drained();
  const code = await cluster.exit;
  assert.equal(code, 0, `the exit code is 0, not ${code}`);
  assert.deepEqual(balancer.failed, [], 'no request fails');
  tell(
    `Exit code 0 after ${Math.round(performance.now() - at)} ms. Since SIGTERM: ${count(balancer.answered - before)} answers, 0 failed.`,
  );
  await balancer.close();
}

function tell(sentence) {
  console.log(`${((performance.now() - began) / 1000).toFixed(2).padStart(5)} s  ${sentence}`);
}

function count(number) {
  return number.toLocaleString('en');
}
