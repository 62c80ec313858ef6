import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { Cluster } from './cluster.ts';
import { codeBlocks } from './markdown.ts';

/** Inside the repository, so that the packages are found from there. */
const WRITTEN = join(import.meta.dirname, '..', 'dist', 'readme');

/** The examples of cluster2's README, in their order, with the one change that a user makes, and ports that are free. */
export async function cluster2Examples(file: 'cluster2-readme.txt' | 'cluster2-readme-cache.txt'): Promise<string[]> {
  const examples = await codeBlocks(join(import.meta.dirname, '..', 'fixtures', file), 'js');
  return examples.map(example =>
    example.replaceAll("require('cluster2", "require('@troupe/runner").replaceAll(/\b909\d\b/g, '0'),
  );
}

/** Runs an example as a program, in a directory of its own. @param name its ending says which kind of module it is */
export async function runExample(name: string, source: string, args: string[] = []): Promise<Cluster> {
  await mkdir(WRITTEN, { recursive: true });
  const cwd = await mkdtemp(join(WRITTEN, 'example-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const script = join(cwd, name);
  await writeFile(script, source);
  return Cluster.start(script, { args, cwd });
}

/** It ends in order when it is told to. */
export async function stops(cluster: Cluster): Promise<void> {
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
}
