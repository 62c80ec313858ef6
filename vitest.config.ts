import { tmpdir } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Integration tests that look at times or shares, or load the machine themselves: a cluster beside them would change what
 * they find, and they what it does.
 */
const ALONE = [
  'accept',
  'accept-contract',
  'canary',
  'debug-page',
  'debugger',
  'deps',
  'heartbeat',
  'load',
  'nanny',
].map(name => `test/${name}.test.ts`);

/** The path of a socket has a hundred bytes, of which the tests' own directories take most. */
const LONGEST_TMPDIR = 40;

/** Whatever it is where the tests are started: production has other defaults, and some systems a very long TMPDIR. */
const env = { NODE_ENV: 'test', ...(tmpdir().length > LONGEST_TMPDIR && { TMPDIR: '/tmp' }) };

/**
 * One group after the other:
 *
 * - unit: in memory, on all processors.
 * - integration: real clusters, two files at a time. These tests wait most of their time, for events, a back-off, a
 *   linger, and say nothing of how long something takes but that it ends before a deadline, or not before the time that an
 *   option gives it. A busier machine makes both the later, and neither false.
 * - integration, alone: one real cluster at a time. A new test that measures anything belongs here.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts'],
          env,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', ...ALONE],
          maxWorkers: 2,
          env,
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'integration, alone',
          include: ALONE,
          maxWorkers: 1,
          env,
          testTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
