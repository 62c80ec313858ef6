import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Clocks of file systems tick up to this much behind Date.now(), ms. */
const TICK = 20;

/** Says of some places how they are; equal when nothing there has changed. */
export interface Stamp {
  readonly text: string;
  /** When the youngest of them changed, ms since the epoch. */
  readonly changed: number;
}

/** What every package manager touches, and what the application's author edits. */
export function usualPlaces(directory: string): string[] {
  return [
    'package.json',
    'package-lock.json',
    'npm-shrinkwrap.json',
    'pnpm-lock.yaml',
    'yarn.lock',
    'bun.lock',
    'node_modules',
    'node_modules/.package-lock.json',
    'node_modules/.modules.yaml',
  ].map(name => join(directory, name));
}

export async function stampOf(places: readonly string[]): Promise<Stamp> {
  const seen = await Promise.all(places.map(place => stat(place).catch(absent)));
  return {
    text: seen.map(one => (one ? `${one.mtimeMs}/${one.ctimeMs}/${one.size}/${one.ino}` : '-')).join(' '),
    changed: Math.max(0, ...seen.map(one => one?.ctimeMs ?? 0)),
  };
}

/** Whether what was read since `began` is what the stamp says; a change meanwhile may have been read or not. */
export const isSettled = (stamp: Stamp, began: number): boolean => stamp.changed < began - TICK;

/** A place that cannot be looked at is as good as absent: when it can be again, the stamp differs. */
const absent = (): undefined => undefined;
