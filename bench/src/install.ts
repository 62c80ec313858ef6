import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const packages = join(import.meta.dirname, '../../packages');
const installed = join(import.meta.dirname, 'node_modules/@troupe');

/**
 * Lays the packages beside the peers as npm installs them: what each publishes, in a directory of its own. The workspace
 * has links instead, which no user has, and each process that follows them to their ends needs milliseconds for it.
 */
export function install(): void {
  rmSync(installed, { recursive: true, force: true });
  for (const name of readdirSync(packages)) {
    const from = join(packages, name);
    const { files } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { files: string[] };
    for (const file of ['package.json', ...files]) {
      cpSync(join(from, file), join(installed, name, file), { recursive: true });
    }
  }
}
