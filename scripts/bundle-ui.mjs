// The browser's side of a package: what the pages in `ui/*.html` name below `assets/`, made of the file of that name in
// `ui/`: scripts are bundled, styles have their imports put in, everything else is copied.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { rolldown } from 'rolldown';

/** @returns the modules that went into the scripts, and the packages' styles */
export async function bundleUi(directory) {
  const from = join(directory, 'ui');
  if (!existsSync(from)) return [];
  const to = join(directory, 'dist', 'ui');
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const pages = readdirSync(from).filter(name => extname(name) === '.html');
  const modules = [];
  const assets = new Set();
  for (const page of pages) {
    const html = readFileSync(join(from, page), 'utf8');
    writeFileSync(join(to, page), html);
    for (const [, name] of html.matchAll(/\/assets\/([\w.-]+)"/g)) assets.add(name);
  }
  for (const name of assets) {
    const source = join(from, name);
    if (extname(name) === '.js') modules.push(...(await bundleScript(source.replace(/\.js$/, '.ts'), join(to, name))));
    else if (extname(name) === '.css') writeFileSync(join(to, name), withImports(source, modules));
    else writeFileSync(join(to, name), readFileSync(source));
  }
  return modules;
}

async function bundleScript(input, file) {
  const build = await rolldown({ input, platform: 'browser', logLevel: 'warn' });
  const { output } = await build.write({ file, format: 'esm', minify: true, codeSplitting: false });
  await build.close();
  return output.flatMap(chunk => chunk.moduleIds ?? []);
}

function withImports(file, modules) {
  modules.push(file);
  const { resolve } = createRequire(file);
  const text = readFileSync(file, 'utf8').replace(/^\/\*# sourceMappingURL=.*$/m, '');
  return text.replace(/^@import "(.+)";$/gm, (_line, name) =>
    withImports(name.startsWith('.') ? join(dirname(file), name) : resolve(name), modules),
  );
}
