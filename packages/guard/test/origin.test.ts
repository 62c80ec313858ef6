import { describe, expect, test } from 'vitest';
import type { Access } from '../src/index.ts';
import { createGuard } from '../src/index.ts';
import { type Fake, request } from './requests.ts';

const guard = createGuard({ token: 'secret', allowedHosts: ['https://public.example.com'] });

async function allowed(needed: Access, fake: Fake): Promise<boolean> {
  const req = request({ ...fake, headers: { authorization: 'Bearer secret', ...fake.headers } });
  const decision = await guard.authorize(req, needed);
  if (!decision.allowed) expect(decision.code).toBe('TROUPE_ERR_GUARD_ORIGIN');
  return decision.allowed;
}

const own = { host: 'localhost:8081', origin: 'http://localhost:8081' };
const websocket = { upgrade: 'websocket', connection: 'upgrade' };

describe.each<[string, Access, Fake]>([
  ['POST', 'operate', { method: 'POST' }],
  ['DELETE', 'view', { method: 'DELETE' }],
  ['an upgrade', 'debug', { headers: websocket }],
])('%s', (_, needed, fake) => {
  const ask = (headers: Record<string, string>, rest: Fake = {}) =>
    allowed(needed, { ...fake, ...rest, headers: { ...fake.headers, ...headers } });

  test.each([
    ['our own origin', own],
    ['our own origin, and the browser agrees', { ...own, 'sec-fetch-site': 'same-origin' }],
    ['no Origin and no browser', {}],
    ['default port spelled in one of the two', { host: 'localhost:80', origin: 'http://localhost' }],
    ['a public origin that was allowed', { host: 'public.example.com', origin: 'https://public.example.com' }],
  ])('may come with %s', async (_, headers) => {
    expect(await ask(headers)).toBe(true);
  });

  test.each([
    ['another name', { origin: 'http://evil.example' }],
    ['another port', { origin: 'http://localhost:8082' }],
    ['another scheme', { origin: 'https://localhost:8081' }],
    ['another name for the same machine', { origin: 'http://127.0.0.1:8081' }],
    ['a name that begins like ours', { origin: 'http://localhost:8081.evil.example' }],
    ['userinfo', { origin: 'http://localhost:8081@evil.example' }],
    ['a path', { origin: 'http://localhost:8081/' }],
    ['two origins', { origin: 'http://localhost:8081, http://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['an empty origin', { origin: '' }],
    ['an allowed origin under another Host', { origin: 'https://public.example.com' }],
    ['the allowed origin without its scheme', { host: 'public.example.com', origin: 'http://public.example.com:8081' }],
    ['a browser that hides its Origin', { 'sec-fetch-site': 'same-origin' }],
    ['a browser that calls it cross-site', { ...own, 'sec-fetch-site': 'cross-site' }],
  ])('is refused with %s', async (_, headers) => {
    expect(await ask(headers)).toBe(false);
  });

  test('over TLS our origin is https', async () => {
    expect(await ask({ host: 'localhost:8081', origin: 'https://localhost:8081' }, { encrypted: true })).toBe(true);
    expect(await ask(own, { encrypted: true })).toBe(false);
  });
});

describe('GET that operates', () => {
  test.each<[boolean, string, Record<string, string>]>([
    [true, 'a script', {}],
    [true, 'an address typed into a browser', { 'sec-fetch-site': 'none' }],
    [true, 'our own page', { 'sec-fetch-site': 'same-origin' }],
    [true, 'our own page in a browser without Sec-Fetch', { referer: 'http://localhost:8081/debug' }],
    [false, 'another site', { 'sec-fetch-site': 'cross-site' }],
    [
      false,
      'a link on another site',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    ],
    [false, 'another port of this host', { 'sec-fetch-site': 'same-site' }],
    [false, 'a value nobody knows', { 'sec-fetch-site': 'same-origin, cross-site' }],
    [false, 'another site in a browser without Sec-Fetch', { referer: 'http://evil.example/x' }],
    [false, 'another port in a browser without Sec-Fetch', { referer: 'http://localhost:9/x' }],
    [false, 'a foreign Origin', { origin: 'http://evil.example' }],
  ])('%s: from %s', async (expected, _, headers) => {
    expect(await allowed('operate', { headers })).toBe(expected);
    expect(await allowed('debug', { headers })).toBe(expected);
  });
});

describe('reading', () => {
  test.each<[boolean, string, Record<string, string>]>([
    [
      true,
      'a link on another site that a person follows',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    ],
    [
      false,
      'a frame on another site',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    ],
    [
      false,
      'a script element on another site',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
    ],
    [true, 'a bookmark', { 'sec-fetch-site': 'none' }],
  ])('%s: from %s', async (expected, _, headers) => {
    expect(await allowed('view', { headers })).toBe(expected);
  });
});
