import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { explainAddress } from '../src/master/preflight.ts';

const problem = (code: string) => Object.assign(new Error(`listen ${code}`), { code });

test.each([
  ['EACCES', { port: 80 }, 'port 80 cannot be listened on (EACCES): this user may not take port 80; '],
  [
    'ENOTFOUND',
    { port: 80, host: 'nowhere' },
    'port 80 cannot be listened on (ENOTFOUND): the name nowhere is not known; ',
  ],
  [
    'EADDRNOTAVAIL',
    { port: 80, host: '192.0.2.1' },
    'port 80 cannot be listened on (EADDRNOTAVAIL): 192.0.2.1 is no address ',
  ],
  [
    'EACCES',
    { port: '/no/such/app' },
    'port /no/such/app cannot be listened on (EACCES): there is no directory /no/such; ',
  ],
  ['EACCES', { port: join(tmpdir(), 'app') }, `: this user may not create a file in ${tmpdir()}`],
])('%s of %o is explained', async (code, asked, text) => {
  const cause = problem(code);
  expect(await explainAddress(cause, 'port', asked)).toMatchObject({
    code: 'TROUPE_ERR_ADDRESS_UNAVAILABLE',
    message: expect.stringContaining(text),
    cause,
  });
});

test('what nobody can explain is what it is', async () => {
  const cause = problem('EMFILE');
  expect(await explainAddress(cause, 'port', { port: 80 })).toBe(cause);
});
