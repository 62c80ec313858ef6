import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The directory of the package that the main script belongs to; where it belongs to none, its own. */
export function applicationRoot(main = process.argv[1] ?? ''): string {
  const script = resolve(main);
  const directory = dirname(existsSync(script) ? realpathSync(script) : script);
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) return directory;
  }
}
