/** Interleaved rounds of two ways to do the same work, and what is written down of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** How long each way is done before it is measured. */
export const WARM_UP_MS = 250;

/** @param ways name → async function that does the work once @returns name → ms of each round */
export async function rounds(ways, count) {
  const entries = Object.entries(ways);
  for (const [, work] of entries) {
    const start = performance.now();
    do await work();
    while (performance.now() - start < WARM_UP_MS);
  }
  const times = Object.fromEntries(entries.map(([name]) => [name, []]));
  for (let round = 0; round < count; round++) {
    // To and fro: what one leaves behind for the next, garbage above all, is not always left for the same one.
    for (const [name, work] of round % 2 === 0 ? entries : entries.toReversed()) {
      const start = performance.now();
      await work();
      times[name].push(performance.now() - start);
    }
  }
  return times;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Prints a line per result and writes them to <name>-node<major>.json in that directory; `conditions` are written, too. */
export function publish(name, directory, conditions, results) {
  for (const { work, ratio, target, ...rest } of results)
    console.log(`${work}: ${ratio.toFixed(2)}×${target === null ? '' : ` (target ${target}×)`}`, rest);
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), platform: process.platform };
  mkdirSync(directory, { recursive: true });
  const file = new URL(`${name}-node${process.versions.node.split('.')[0]}.json`, directory);
  writeFileSync(file, `${JSON.stringify({ node: process.version, machine, ...conditions, results }, null, 2)}\n`);
}
