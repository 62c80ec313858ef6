import { expect, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';
import { Posts } from './harness/posts.ts';

/** In `npm test` for a minute; nightly until a million answers and a hundred replacements. */
const GOAL = process.env.TROUPE_NIGHTLY
  ? { answers: 1_000_000, replacements: 100, least: 0, most: 3_600 }
  : { answers: 10_000, replacements: 8, least: 60, most: 120 };

test(`${GOAL.answers} POSTs over ${GOAL.replacements} replacements: none fails, none is answered twice`, {
  timeout: GOAL.most * 2_000,
}, async () => {
  const cluster = await Cluster.start('digest', { env: { LOG_LEVEL: 'info' } });
  const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
  const { client } = await joinBus(up);
  const posts = new Posts(Number(port), { 'back-to-back': 8, 'connection per request': 4, 'idle gaps': 12 });

  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;
  let replacements = 0;
  const goes = () => replacements < GOAL.replacements || posts.answered < GOAL.answers || seconds() < GOAL.least;
  while (goes() && seconds() < GOAL.most) {
    const [oldest] = (await client.request('master', 'workers.list', undefined)).sort((a, b) => a.since - b.since);
    await client.request('master', 'workers.retire', { pid: oldest?.pid ?? 0, reason: 'the load test asks for it' });
    await cluster.logged(new RegExp(`worker ${oldest?.pid} exited with code 0`));
    replacements += 1;
  }
  await posts.stop();

  console.log(
    `${posts.answered} answers, ${replacements} replacements, ${posts.failed.length} failures, ${seconds().toFixed()} s`,
  );
  expect(posts.failed).toEqual([]);
  expect(posts.answered).toBeGreaterThanOrEqual(GOAL.answers);
  expect(replacements).toBeGreaterThanOrEqual(GOAL.replacements);
  cluster.signal('SIGTERM');
  expect((await cluster.exit()).code).toBe(0);
  const handled = cluster.events('handled').reduce((sum, line) => sum + Number(line.handled), 0);
  expect(handled).toBe(posts.answered);
});
