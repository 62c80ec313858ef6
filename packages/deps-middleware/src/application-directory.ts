import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/**
 * The directory of the nearest package.json above the main script. A main script that was itself installed belongs to a
 * command (a process manager, our own), and then the application is where that was started; so it is without a script.
 */
export function applicationDirectory(mainScript: string | undefined, workingDirectory: string): string {
  if (mainScript === undefined || !existsSync(mainScript)) return workingDirectory;
  const script = realpathSync(mainScript);
  if (script.split(sep).includes('node_modules')) return workingDirectory;
  return nearestPackage(dirname(script)) ?? workingDirectory;
}

function nearestPackage(directory: string): string | undefined {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : nearestPackage(parent);
}
