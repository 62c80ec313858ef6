/** What it costs to account for a request: CPU time of one plain server, in the ways that were thought of, in turns. */
import { connections, load } from './load.ts';
import { keep } from './results.ts';
import { median, Subject } from './subject.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 9);
const REQUESTS = Number(process.env.REQUESTS ?? 30_000);
const VARIANTS = ['none', 'map', 'closure', 'property', 'channels'] as const;
type Variant = (typeof VARIANTS)[number];

const agent = connections(8);
const subjects = new Map<Variant, Subject>();
for (const variant of VARIANTS) subjects.set(variant, await Subject.start('accounting', { VARIANT: variant }));
const costs = new Map<Variant, number[]>(VARIANTS.map(variant => [variant, []]));

for (let round = -1; round < ROUNDS; round++) {
  for (const [variant, subject] of subjects) {
    const before = subject.cpu();
    await load(subject.port, agent, REQUESTS);
    if (round >= 0) costs.get(variant)?.push(((subject.cpu() - before) * 1_000) / REQUESTS);
  }
}
agent.destroy();
for (const subject of subjects.values()) await subject.stop();
const microseconds = Object.fromEntries(
  [...costs].map(([variant, values]) => [variant, Number(median(values).toFixed(1))]),
);
keep('accounting', { rounds: ROUNDS, requestsPerRound: REQUESTS, microsecondsPerRequest: microseconds });
