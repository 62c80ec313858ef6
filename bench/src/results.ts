import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from './subject.ts';

/** Prints what was measured, and keeps it in `bench/results/` with the machine and Node's version. */
export function keep(name: string, measured: object): void {
  const directory = join(import.meta.dirname, '..', 'results');
  mkdirSync(directory, { recursive: true });
  const text = JSON.stringify({ ...machine(), date: new Date().toISOString().slice(0, 10), ...measured }, null, 2);
  writeFileSync(join(directory, `${name}.json`), `${text}\n`);
  console.log(text);
}
