// One file for each public entry of each package. A process of a cluster loads these before it can serve, and Node takes
// about 0.6 ms for every module file and more for every package: bundled, with small dependencies inside (those of
// devDependencies), @troupe/ipc loaded in 9 ms instead of 40.
//
// What every process loads first, and what that requires, is CommonJS behind a face that is an ES module, since Node loads
// that with less work: the master's main thread needs 5 ms less for a start (docs/architecture.md). An entry is built so when
// its manifest has a file for `require`; both ways lead to the same instance.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { bundleUi } from './bundle-ui.mjs';
import { root } from './steps.mjs';

/** The master's parts of middlewares, which only @troupe/runner uses: they go into it. */
const hosts = Object.fromEntries(
  ['ecv', 'metrics'].map(name => [
    `@troupe/${name}-middleware/host`,
    join(root, `packages/${name}-middleware/src/host.ts`),
  ]),
);

const FILES = {
  sourcemap: true,
  chunkFileNames: '[name].js',
  // They are in the sources, to which the maps lead; each process would read them before it can serve.
  comments: false,
};

for (const name of readdirSync(join(root, 'packages'))) await bundle(join(root, 'packages', name));

/** `dist/x.js` of the manifest's exports is made of `src/x.ts`; TypeScript has put the types beside it. */
async function bundle(directory) {
  const { exports, bin, dependencies = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const entries = Object.values(exports).map(({ default: file, require }) => ({
    name: file.match(/^\.\/dist\/(.+)\.js$/)[1],
    faced: require !== undefined,
  }));
  const named = wanted => entries.filter(({ faced }) => faced === wanted).map(({ name }) => name);
  const dir = join(directory, 'dist');
  for (const file of readdirSync(dir)) if (/\.c?js(\.map)?$/.test(file)) rmSync(join(dir, file));
  const outputs = [
    await bundleModules(directory, named(false), dependencies),
    await bundleFaced(directory, named(true), dependencies),
    // What bin/ starts is a program of its own: what it shares with the package is no reason to cut that into pieces.
    bin ? await bundleModules(directory, ['command'], dependencies) : [],
    await bundleRequired(directory, dir),
  ];
  const modules = [...outputs.flat().flatMap(chunk => chunk.moduleIds ?? []), ...(await bundleUi(directory))];
  writeLicenses(join(dir, 'LICENSES.txt'), modules);
}

async function bundleModules(directory, entries, dependencies) {
  if (entries.length === 0) return [];
  const build = await open(directory, entries, dependencies);
  const { output } = await build.write({ ...FILES, dir: join(directory, 'dist'), format: 'esm' });
  await build.close();
  return output;
}

/** CommonJS, and for each entry an ES module with the same exports. */
async function bundleFaced(directory, entries, dependencies) {
  if (entries.length === 0) return [];
  const dir = join(directory, 'dist');
  const build = await open(directory, entries, dependencies);
  const { output } = await build.write({
    ...FILES,
    dir,
    format: 'cjs',
    exports: 'named',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
  });
  await build.close();
  for (const [name, names] of await exportsOf(directory, entries, dependencies)) {
    writeFileSync(join(dir, `${name}.js`), face(name, names));
  }
  return output;
}

/** @param signatures whether an entry may hold what another file needs of it, too: otherwise the two have a third in common */
function open(directory, entries, dependencies, signatures = 'allow-extension') {
  const isExternal = id =>
    !(id in hosts) &&
    (id.startsWith('node:') || Object.keys(dependencies).some(known => id === known || id.startsWith(`${known}/`)));
  return rolldown({
    cwd: directory,
    input: Object.fromEntries(entries.map(entry => [entry, `src/${entry}.ts`])),
    platform: 'node',
    resolve: { conditionNames: ['import', 'default'], alias: hosts },
    external: isExternal,
    preserveEntrySignatures: signatures,
    logLevel: 'warn',
  });
}

/** What each entry exports by its source: the file may hold more. */
async function exportsOf(directory, entries, dependencies) {
  const build = await open(directory, entries, dependencies, 'strict');
  const { output } = await build.generate({ format: 'esm' });
  await build.close();
  return output.filter(({ isEntry }) => isEntry).map(({ name, exports }) => [name, exports]);
}

function face(name, names) {
  const lines = [
    // Not imported: of what is, Node makes an ES module with all of its exports.
    "const { createRequire } = process.getBuiltinModule('node:module');",
    `const module = createRequire(import.meta.url)('./${name}.cjs');`,
    `export const { ${names.filter(name => name !== 'default').join(', ')} } = module;`,
    ...(names.includes('default') ? ['export default module.default;'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is loaded with require(), at the moment when it is needed: each `src/x.cjs` with what it requires. */
async function bundleRequired(directory, dir) {
  const files = readdirSync(join(directory, 'src')).filter(file => file.endsWith('.cjs'));
  const outputs = files.map(async file => {
    const build = await rolldown({
      cwd: directory,
      input: `src/${file}`,
      // Not 'node': msgpackr means by that its native accelerator.
      platform: 'neutral',
      logLevel: 'warn',
    });
    const { output } = await build.write({ file: join(dir, file), format: 'cjs', sourcemap: true, comments: false });
    await build.close();
    return output;
  });
  return (await Promise.all(outputs)).flat();
}

/** What is inside is somebody's, and says so. */
function writeLicenses(file, modules) {
  const marker = '/node_modules/';
  const packages = new Set(
    modules
      .filter(id => id.includes(marker))
      .map(id => {
        const [scope, name] = id.slice(id.lastIndexOf(marker) + marker.length).split('/');
        return scope.startsWith('@') ? `${scope}/${name}` : scope;
      }),
  );
  const texts = [...packages].sort().map(name => {
    const directory = join(root, 'node_modules', name);
    const license = readdirSync(directory).find(file => /^license/i.test(file));
    if (!license) throw new Error(`${name} is bundled and has no license file`);
    return `${name}\n\n${readFileSync(join(directory, license), 'utf8').trim()}\n`;
  });
  rmSync(file, { force: true });
  if (texts.length > 0) writeFileSync(file, texts.join(`\n${'-'.repeat(80)}\n\n`));
}
