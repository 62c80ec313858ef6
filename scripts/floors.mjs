// Imports go down only, and middlewares never import one another: docs/architecture.md. What a package may import is
// what its manifest names, which Biome checks; that the manifests keep to the floors is checked here.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';

const FLOORS = {
  ipc: 0,
  cache: 1,
  guard: 1,
  'ecv-middleware': 2,
  'debug-middleware': 2,
  'deps-middleware': 2,
  'metrics-middleware': 2,
  runner: 3,
};

export function checkFloors() {
  const problems = readdirSync(join(root, 'packages')).flatMap(name => {
    const floor = FLOORS[name];
    if (floor === undefined) return [`packages/${name} stands on no floor: give it one in scripts/floors.mjs`];
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    return Object.keys(dependencies)
      .filter(dependency => dependency.startsWith('@troupe/'))
      .map(dependency => dependency.slice('@troupe/'.length))
      .filter(dependency => !(FLOORS[dependency] < floor))
      .map(
        dependency =>
          `@troupe/${name} (floor ${floor}) must not depend on @troupe/${dependency} (floor ${FLOORS[dependency]})`,
      );
  });
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}
