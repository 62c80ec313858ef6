// `npm run check`: format, lint, import cycles, unused code, publishable manifests, and the floors of the house.
import { readdirSync } from 'node:fs';
import { checkFloors } from './floors.mjs';
import { root, run, tool } from './steps.mjs';

run('format and lint', tool('biome'), ['ci', '--error-on-warnings', '.']);
run('unused code and dependencies', tool('knip'), []);
for (const name of readdirSync(`${root}/packages`)) {
  run(`publint ${name}`, tool('publint'), ['--strict', `packages/${name}`]);
}
checkFloors();
