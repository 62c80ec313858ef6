// `npm test`: installs what is missing, builds, checks, runs every test. `--nightly` runs the long ones as well.
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, installChromium, run, tool } from './steps.mjs';

const nightly = process.argv.includes('--nightly');
const results = join(tmpdir(), `troupe-test-results-${process.pid}.json`);

install();
installChromium();
build();
run('check', process.execPath, ['scripts/check.mjs']);

process.on('exit', () => rmSync(results, { force: true }));
run(
  nightly ? 'test, the long way' : 'test',
  tool('vitest'),
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`],
  nightly ? { TROUPE_NIGHTLY: '1', TROUPE_HISTORIES: '100000' } : {},
);
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, 'utf8'));
console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
