import { describe, expect, test } from 'vitest';
import { hostAllowed, parseAllowedHost, parseHost, requestHost } from '../src/host.ts';
import { createGuard } from '../src/index.ts';
import { type Fake, request } from './requests.ts';

const authorization = 'Bearer secret';
const guard = createGuard({
  token: 'secret',
  allowedHosts: ['mon.example.com', 'other.example.com:8081', 'https://public.example.com', 'fd00::1'],
  addresses: () => ['0.0.0.0', '::', '10.1.2.3', '::ffff:10.1.2.4', 'bound.example.com'],
});

async function statusFor(host: string, fake: Fake = {}): Promise<number> {
  const req = request({ ...fake, headers: { authorization, ...fake.headers, host } });
  const decision = await guard.authorize(req, 'view');
  return decision.allowed ? 200 : decision.status;
}

describe('a Host that is ours', () => {
  test.each([
    'localhost',
    'LocalHost:8081',
    '127.0.0.1',
    '127.0.0.1:1',
    '[::1]',
    '[::1]:65535',
    'mon.example.com',
    'MON.example.com:443',
    'other.example.com:8081',
    'public.example.com',
    '[fd00::1]:8081',
    '10.1.2.3:8081',
    '10.1.2.4',
    'bound.example.com',
    '192.0.2.1:8081', // the address of the connection itself
  ])('%s', async host => {
    expect(await statusFor(host)).toBe(200);
  });
});

describe('a Host that is not, however it is spelled', () => {
  test.each([
    'evil.example',
    'localhost6',
    'localhost.evil.example',
    'localhost.localdomain',
    'ip6-localhost',
    'localhost.', // a trailing dot is another name to a browser
    'localhost.:8081',
    '127.0.0.1.',
    '127.1',
    '127.000.000.001',
    '0177.0.0.1',
    '017700000001',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '127.0.0.2',
    '0.0.0.0:8081',
    '0',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::1%25lo]',
    '::1',
    '[::1',
    'user@localhost',
    'localhost@evil.example',
    'localhost:8081@evil.example',
    'localhost#evil.example',
    'localhost/evil',
    'localhost,evil.example',
    'localhost evil.example',
    'localhost\tx',
    'localhost:',
    'localhost:0',
    'localhost:65536',
    'localhost:8081:80',
    'localhost:+80',
    'loc%61lhost',
    'löcalhost',
    'other.example.com',
    'other.example.com:80',
    'x.mon.example.com',
    'mon.example.com.evil.example',
    '-localhost',
    '',
  ])('%j', async host => {
    expect(await statusFor(host)).toBe(421);
  });
});

test('the bound address is asked for at each request', () => {
  let bound: string[] = [];
  const allowed = () => hostAllowed({ name: '10.9.9.9', port: undefined }, [], bound);
  expect(allowed()).toBe(false);
  bound = ['10.9.9.9'];
  expect(allowed()).toBe(true);
});

describe('which host a request is for', () => {
  test.each<[string, Fake, string | undefined]>([
    ['Host', {}, 'localhost:8081'],
    ['two Host headers', { raw: ['Host', 'evil.example'] }, undefined],
    ['two equal Host headers', { raw: ['HOST', 'localhost:8081'] }, undefined],
    [':authority that agrees', { raw: [':authority', 'localhost:8081'] }, 'localhost:8081'],
    [':authority that differs', { raw: [':authority', 'evil.example'] }, undefined],
    ['an absolute target that agrees', { url: 'http://LOCALHOST:8081/x' }, 'localhost:8081'],
    ['an absolute target that differs', { url: 'http://evil.example/x' }, undefined],
    ['an absolute target with userinfo', { url: 'http://localhost:8081@evil.example/x' }, undefined],
  ])('%s', (_, fake, expected) => {
    expect(requestHost(request(fake))).toBe(expected);
  });

  test('no Host at all', () => {
    const req = request();
    req.rawHeaders = [];
    expect(requestHost(req)).toBeUndefined();
  });
});

test.each(['*.example.com', '', 'http://a/b', 'ftp://a', 'a b', 'https://user@a', 'a:99999'])(
  'allowedHosts does not take %j and says so',
  entry => {
    expect(() => createGuard({ allowedHosts: [entry] })).toThrow(
      expect.objectContaining({
        code: 'TROUPE_ERR_GUARD_ALLOWED_HOST',
        message: expect.stringContaining(`"${entry}"`),
      }),
    );
  },
);

test('hosts and origins of the allow-list', () => {
  expect(parseAllowedHost('https://A.example:444')).toEqual({ name: 'a.example', port: 444, scheme: 'https' });
  expect(parseAllowedHost('FD00:0::1')).toEqual({ name: '[fd00::1]', port: undefined, scheme: undefined });
  expect(parseHost('[::1]:80')).toEqual({ name: '[::1]', port: 80 });
});
