import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { StandaloneManager } from '../src/standalone.ts';
import { temporaryDirectory } from './helpers.ts';
import { History, type Note } from './history.ts';

const ACTORS = 3;
const ACTOR = new URL('fixtures/actor.mjs', import.meta.url);
/** Misfortunes, one after the other. */
const MISFORTUNES = ['freeze', 'kill', 'freeze', 'killManager', 'freeze', 'freezeManager', 'kill', 'freeze'] as const;
/** Longer than a lease: what is frozen is overtaken by changes. ms */
const FREEZE = 1_300;

it('real processes that are frozen and killed, and a manager that is, leave a history that is linearizable', async () => {
  const directory = await temporaryDirectory();
  const [socket, file] = [join(directory, 'cache'), join(directory, 'history')];
  const manager = new StandaloneManager({ socket, persistPath: join(directory, 'persist'), log: () => undefined });
  onTestFinished(() => manager.close());
  await manager.ready();
  let born = 0;
  const startActor = () => fork(ACTOR, [socket, file, String(++born * 1_000_000)]);
  const actors = Array.from({ length: ACTORS }, startActor);
  onTestFinished(() => {
    for (const actor of actors) actor.kill('SIGKILL');
  });

  for (const [round, misfortune] of MISFORTUNES.entries()) {
    await until(file, (round + 1) * 150);
    const index = round % ACTORS;
    const actor = actors[index] as ChildProcess;
    if (misfortune === 'kill') {
      actor.kill('SIGKILL');
      actors[index] = startActor();
    } else if (misfortune === 'killManager') process.kill(Number(manager.pid), 'SIGKILL');
    else {
      const pid = Number(misfortune === 'freeze' ? actor.pid : manager.pid);
      process.kill(pid, 'SIGSTOP');
      await delay(FREEZE);
      process.kill(pid, 'SIGCONT');
    }
  }
  await until(file, (MISFORTUNES.length + 2) * 150);
  for (const actor of actors) actor.send('stop');
  await Promise.all(actors.map(actor => once(actor, 'exit')));

  const history = History.of(await notesIn(file));
  expect(history.contradiction()).toBeUndefined();
}, 60_000);

async function notesIn(file: string): Promise<Note[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter(line => line.endsWith('}')).map(line => JSON.parse(line));
}

/** Resolves when so much has been noted. */
async function until(file: string, notes: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  while ((await readFile(file, 'utf8').catch(() => '')).split('\n').length < notes) {
    if (performance.now() > deadline) throw new Error(`the processes have not noted ${notes} things`);
    await delay(20);
  }
}
