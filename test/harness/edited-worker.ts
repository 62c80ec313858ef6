import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { get } from './clients.ts';
import { launchDebugged } from './debugged-cluster.ts';
import { Inspector } from './inspector.ts';

const root = join(import.meta.dirname, '..', '..');
/** Two modules of the application, which answer with a word. */
export const ES = "import { sep } from 'node:path';\nexport function answer() {\n  return 'one' + sep;\n}\n";
export const COMMON = "exports.answer = function answer() {\n  return 'one';\n};\n";

/** A worker that loads the modules from a directory of its own, and a debugger on it. */
export async function startEdited({ save = true, below = '', es = ES, common = COMMON } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-edited-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const home = join(directory, below);
  await mkdir(home, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  await writeFile(join(home, 'es.mjs'), es);
  await writeFile(join(home, 'common.cjs'), common);
  await cp(join(root, 'test', 'dist', 'fixtures', 'say.js'), join(home, 'say.js'));
  const fixture = await readFile(join(root, 'test', 'dist', 'fixtures', 'edited.js'), 'utf8');
  const runner = join(root, 'packages', 'runner', 'dist', 'index.js');
  await writeFile(join(home, 'main.js'), fixture.replace("'@troupe/runner'", JSON.stringify(runner)));

  const cluster = await launchDebugged({ env: { SAVE: save ? 'yes' : 'no' } }, join(home, 'main.js'));
  const lease = await cluster.bus.request(
    'master',
    'debug.begin',
    { pid: cluster.pid, aside: true, by: 'a test' },
    { timeout: 30_000 },
  );
  const inspector = await Inspector.attach(cluster.url);
  await inspector.send('Runtime.enable');
  await inspector.send('Debugger.enable');

  const scripts = new Map<string, unknown>();
  const scriptOf = async (name: string) => {
    const isIt = ({ url }: Record<string, unknown>) => String(url).endsWith(`/${name}`);
    if (!scripts.has(name)) scripts.set(name, (await inspector.event('Debugger.scriptParsed', isIt)).scriptId);
    return scripts.get(name);
  };
  const edit = async (name: string, change: (source: string) => string) => {
    const scriptId = await scriptOf(name);
    const { scriptSource } = await inspector.send('Debugger.getScriptSource', { scriptId });
    return inspector.send('Debugger.setScriptSource', { scriptId, scriptSource: change(String(scriptSource)) });
  };
  /** What the person is told next: `info: …`, or `warning: …` for what has not happened. */
  const said = async () => {
    const isOurs = ({ args }: Record<string, unknown>) => JSON.stringify(args).includes('Troupe: ');
    const { type, args } = await inspector.event('Runtime.consoleAPICalled', isOurs);
    return `${type}: ${(args as { value: string }[])[0]?.value}`;
  };
  return {
    ...cluster,
    inspector,
    edit,
    said,
    ask: async (path: '/es' | '/common') => (await get({ socketPath: lease.door, path })).body,
    read: (name: string) => readFile(join(home, name), 'utf8'),
    write: (name: string, text: string) => writeFile(join(home, name), text),
  };
}

/** V8 has no live edit any more since the one of Node 26. */
export const hasLiveEdit = Number(process.versions.node.split('.')[0]) < 26;
