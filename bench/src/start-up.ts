/**
 * From nothing to all workers ready: bare node:cluster and Troupe, as it is installed, in turns, with the same
 * application. Limit: 1.15.
 */
import { keep } from './results.ts';
import { median, Subject } from './subject.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 60);
const times: Record<'bare' | 'troupe', number[]> = { bare: [], troupe: [] };

for (let round = -1; round < ROUNDS; round++) {
  for (const peer of round % 2 ? (['bare', 'troupe'] as const) : (['troupe', 'bare'] as const)) {
    const subject = await Subject.start(peer);
    await subject.stop();
    // The first round fills the disk cache.
    if (round >= 0) times[peer].push(subject.startUp);
  }
}
const ratios = times.troupe.map((time, round) => time / (times.bare[round] ?? Number.NaN));
keep('start-up', {
  workers: 2,
  rounds: ROUNDS,
  bareMs: Math.round(median(times.bare)),
  troupeMs: Math.round(median(times.troupe)),
  ratio: Number(median(ratios).toFixed(3)),
});
