// What the commands of this repository have in common: they need nothing but Node and npm, and end at the first failure.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];

/** Runs a program in the repository, showing what it prints; ends this process when it fails. */
export function run(title, command, args, environment = {}) {
  console.log(`\n── ${title}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** A program that a dependency installed. */
export const tool = name => join(root, 'node_modules', '.bin', name);

/** Installs the dependencies unless they are there and as the lock file says. */
export function install() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    console.error(`Troupe needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
    process.exit(1);
  }
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return;
  run('install', 'npm', ['ci', '--no-audit', '--no-fund']);
}

/** Installs Chromium, which the tests look at the live page with, unless it is there or named in `CHROMIUM`. */
export function installChromium() {
  if (process.env.CHROMIUM || existsSync('/usr/bin/chromium')) return;
  const isRoot = process.getuid?.() === 0;
  const canInstall = existsSync('/usr/bin/apt-get') && (isRoot || existsSync('/usr/bin/sudo'));
  if (!canInstall) {
    console.error('The tests need Chromium: install it, and name its path in CHROMIUM unless it is /usr/bin/chromium.');
    process.exit(1);
  }
  const aptGet = (...args) =>
    run(`apt-get ${args[0]}`, isRoot ? 'apt-get' : 'sudo', isRoot ? args : ['apt-get', ...args]);
  aptGet('update');
  aptGet('install', '--yes', '--no-install-recommends', 'chromium');
}

/** Builds everything, or these projects and what they need. */
export function build(...projects) {
  run('build', tool('tsc'), ['-b', ...projects]);
  run('bundle', process.execPath, ['scripts/bundle.mjs']);
}
