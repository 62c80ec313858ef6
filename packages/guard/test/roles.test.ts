import { describe, expect, test } from 'vitest';
import { type Access, createGuard, type GuardOptions } from '../src/index.ts';
import { request } from './requests.ts';
import { serve } from './servers.ts';

const ACCESSES: readonly Access[] = ['probe', 'view', 'operate', 'debug'];

describe('what a stranger may do', () => {
  const guard = createGuard({ token: 'secret' });

  test('probe, under any Host and from any site', async () => {
    const req = request({
      method: 'POST',
      headers: { host: 'evil.example', origin: 'null', 'sec-fetch-site': 'cross-site' },
    });
    expect(await guard.authorize(req, 'probe')).toMatchObject({ allowed: true, who: 'anyone' });
  });

  test.each(ACCESSES.slice(1))('not %s, and is told how to get in', async access => {
    expect(await guard.authorize(request(), access)).toMatchObject({
      allowed: false,
      status: 403,
      code: 'TROUPE_ERR_GUARD_ACCESS',
      message: expect.stringMatching(new RegExp(`"${access}".*Authorization: Bearer.*/login`)),
    });
  });

  test('without a token there is another sentence', async () => {
    const decision = await createGuard().authorize(request(), 'view');
    expect(decision).toMatchObject({ allowed: false, message: expect.stringContaining('TROUPE_MON_TOKEN') });
  });
});

describe('the token', () => {
  const guard = createGuard({ token: 'secret' });
  const withHeader = (authorization: string) => guard.authorize(request({ headers: { authorization } }), 'debug');

  test.each(['Bearer secret', 'bearer   secret ', 'BEARER secret'])('%j opens everything', async header => {
    expect(await withHeader(header)).toMatchObject({ allowed: true, who: 'token' });
  });

  test.each(['Bearer secre', 'Bearer secretx', 'Bearer SECRET', 'Bearer c2VjcmV0'])('%j is wrong', async header => {
    expect(
      await createGuard({ token: 'secret' }).authorize(request({ headers: { authorization: header } }), 'view'),
    ).toMatchObject({
      allowed: false,
      status: 401,
    });
  });

  test.each(['Basic c2VjcmV0', 'secret', 'Bearer', 'Bearer secret extra'])('%j is no token at all', async header => {
    expect(await withHeader(header)).toMatchObject({ allowed: false, status: 403 });
  });

  test.each(['/?token=secret', '/?access_token=secret', '/?monToken=secret', '/secret'])(
    'is not looked for in the URL %s',
    async url => {
      expect(await guard.authorize(request({ url }), 'view')).toMatchObject({ allowed: false, status: 403 });
    },
  );

  test('is not looked for in a cookie', async () => {
    const headers = { cookie: 'token=secret; troupe_session=secret' };
    expect(await guard.authorize(request({ headers }), 'view')).toMatchObject({ allowed: false, status: 403 });
  });

  test('an empty one is refused where it is configured', () => {
    expect(() => createGuard({ token: '' })).toThrow(expect.objectContaining({ code: 'TROUPE_ERR_GUARD_TOKEN' }));
  });

  test('guessing is slowed down by address, and for a while only', async () => {
    let now = 1_000_000;
    const limited = createGuard({ token: 'secret', now: () => now });
    const attempt = async (token: string, remoteAddress = '192.0.2.7') => {
      const decision = await limited.authorize(
        request({ remoteAddress, headers: { authorization: `Bearer ${token}` } }),
        'view',
      );
      return decision.allowed ? 200 : decision.status;
    };
    for (let i = 0; i < 10; i += 1) expect(await attempt(`guess${i}`)).toBe(401);
    expect(await attempt('secret')).toBe(429);
    expect(await attempt('secret', '192.0.2.8')).toBe(200);
    now += 60_000;
    for (let i = 0; i < 10; i += 1) expect(await attempt(`guess${i}`)).toBe(401);
    expect(await attempt('secret')).toBe(429);
    now += 60_000;
    expect(await attempt('secret')).toBe(200);
  });

  test('an IPv6 address is counted by its network', async () => {
    const limited = createGuard({ token: 'secret' });
    const attempt = async (remoteAddress: string) => {
      const decision = await limited.authorize(
        request({ remoteAddress, headers: { authorization: 'Bearer x' } }),
        'view',
      );
      return decision.allowed ? 200 : decision.status;
    };
    for (let i = 0; i < 10; i += 1) expect(await attempt(`2001:db8::${i + 1}`)).toBe(401);
    expect(await attempt('2001:db8:0:0:ffff::1')).toBe(429);
    expect(await attempt('2001:db8:0:1::1')).toBe(401);
  });

  test('one request counts once, however often it is looked at', async () => {
    const limited = createGuard({ token: 'secret' });
    const req = request({ headers: { authorization: 'Bearer x' } });
    for (let i = 0; i < 20; i += 1) {
      expect(await limited.authorize(req, 'view')).toMatchObject({ status: 401 });
      expect(await limited.level(req)).toBe('probe');
    }
  });
});

describe.skipIf(process.platform !== 'linux')('on loopback', () => {
  test.each<[string, GuardOptions, Access, string | undefined]>([
    ['everything', { production: false }, 'debug', undefined],
    [
      'everything but debugging in production',
      { production: true, token: 'secret' },
      'operate',
      'even from this machine',
    ],
    ['no debugging in production without a token', { production: true }, 'operate', 'Debugging is off'],
    ['nothing where it is not trusted', { trustLoopback: false, token: 'secret' }, 'probe', '"debug"'],
  ])('%s', async (_, options, level, sentence) => {
    const guard = createGuard(options);
    const { origin } = await serve(async (req, res) => {
      const decision = await guard.authorize(req, 'debug');
      res.end(
        JSON.stringify({ level: await guard.level(req), message: decision.allowed ? undefined : decision.message }),
      );
    });
    const answer = await (await fetch(origin)).json();
    expect(answer).toEqual({
      level,
      ...(sentence === undefined ? {} : { message: expect.stringContaining(sentence) }),
    });
  });

  test('in production the token allows debugging', async () => {
    const guard = createGuard({ production: true, token: 'secret' });
    expect(await guard.authorize(request({ headers: { authorization: 'Bearer secret' } }), 'debug')).toMatchObject({
      allowed: true,
    });
  });

  test('the level of a visitor under a foreign Host is that of a stranger', async () => {
    const guard = createGuard({ token: 'secret' });
    const headers = { host: 'evil.example', authorization: 'Bearer secret' };
    expect(await guard.level(request({ headers }))).toBe('probe');
  });
});
