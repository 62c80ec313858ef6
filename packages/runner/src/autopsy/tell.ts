import type { Autopsy } from '@troupe/ipc';

/** Classes that are named in one line. */
const NAMED = 3;

/** An autopsy in one line. */
export function tell({
  pid,
  problem,
  growing = [],
  against,
  objects = 0,
  collections: [largest] = [],
}: Autopsy): string {
  const begin = `autopsy of worker ${pid}:`;
  if (problem !== undefined) return `${begin} none, ${problem}`;
  const compared = against === undefined ? 'there is no younger one to compare with' : `compared with ${against}`;
  if (growing.length === 0) return `${begin} no class has grown among ${number(objects)} objects; ${compared}`;
  const classes = growing.slice(0, NAMED).map(({ name, count, young }) => `${number(count - young)} more of ${name}`);
  const holder = largest ? `; its largest collection: ${largest.kind} of ${number(largest.size)} ${largest.of}` : '';
  return `${begin} ${classes.join(', ')}; ${compared}${holder}`;
}

const number = (value: number) => value.toLocaleString('en');
