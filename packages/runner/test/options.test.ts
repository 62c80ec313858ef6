import { describe, expect, test } from 'vitest';
import { OptionsError } from '../src/errors.ts';
import { resolveOptions } from '../src/options/resolve.ts';
import { settle } from '../src/options/settle.ts';

const app = () => {};
const settingsOf = async (code: object, ...argv: string[]) =>
  (await resolveOptions('listen', { app, ...code }, argv)).settings;

async function problemsOf(code: object, ...argv: string[]) {
  try {
    await resolveOptions('listen', code, argv);
  } catch (error) {
    if (error instanceof OptionsError)
      return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
    throw error;
  }
  return {};
}

describe('precedence', () => {
  test('options in code win over the command line, which wins over the defaults', async () => {
    expect((await settingsOf({})).port).toBe(8080);
    expect((await settingsOf({}, '--port=9000')).port).toBe(9000);
    expect((await settingsOf({ port: 9001 }, '--port=9000')).port).toBe(9001);
  });

  test('groups merge deeply', async () => {
    const { ecv } = await settingsOf({ ecv: { root: '/health' } }, '--ecv.mode=monitor', '--ecv.root=/lost');
    expect(ecv).toMatchObject({ root: '/health', mode: 'monitor', markUp: '/ecv/markUp' });
  });

  test('an option that is undefined is not given', async () => {
    expect((await settingsOf({ port: undefined }, '--port=9000')).port).toBe(9000);
  });

  test('a group can be switched off and on as a whole', async () => {
    expect((await settingsOf({ ecv: false }, '--ecv.mode=monitor')).ecv).toBe(false);
    expect((await settingsOf({ ecv: { root: '/up' } }, '--no-ecv')).ecv).toMatchObject({ root: '/up' });
    expect((await settingsOf({}, '--no-ecv', '--ecv.mode=monitor')).ecv).toBe(false);
    expect((await settingsOf({ debug: true })).debug).toMatchObject({ webPort: 8082 });
  });

  test('instances are taken as they are, never merged', async () => {
    class Mine {
      debug() {}
      info() {}
      warn() {}
      error() {}
    }
    const logger = new Mine();
    expect((await settingsOf({ logger })).logger).toBe(logger);
  });

  test('a worker settles the same options without the validation', async () => {
    const flags = { port: 9000, ecv: { mode: 'monitor' } };
    expect(settle({ app, host: '::1' }, flags)).toEqual(
      await settingsOf({ host: '::1' }, '--port=9000', '--ecv.mode=monitor'),
    );
  });
});

describe('the command line', () => {
  test('defect: dotted flags were ignored, and booleans could not be turned off', async () => {
    const argv =
      '--port=8080 --noWorkers=4 --cache.enable=false --no-nanny.enable --ecv.mode=monitor --debug.web-port=9092';
    expect(await settingsOf({}, ...argv.split(' '))).toMatchObject({
      port: 8080,
      noWorkers: 4,
      cache: { enable: false },
      nanny: { enable: false },
      ecv: { mode: 'monitor' },
      debug: { webPort: 9092 },
    });
  });

  test('takes kebab case, separate values, lists and Unix sockets', async () => {
    const argv = '--no-workers 3 --mon-port 0 --mon-allowed-hosts=a,b --port=/run/app.sock --warm-up-timeout=5';
    // `--no-workers` is the kebab case of noWorkers, not the negation of "workers".
    expect(await settingsOf({}, ...argv.split(' '))).toMatchObject({
      noWorkers: 3,
      monPort: 0,
      monAllowedHosts: ['a', 'b'],
      port: '/run/app.sock',
      warmUpTimeout: 5,
    });
  });

  test('text stays text where text is wanted', async () => {
    expect((await settingsOf({}, '--monToken=12345678')).monToken).toBe('12345678');
    expect((await settingsOf({}, '--host=false', '--port=1')).port).toBe(1);
  });

  test("leaves the application's own flags alone", async () => {
    expect((await settingsOf({}, '--verbose', '--colour=red', '--', '--prot=1')).port).toBe(8080);
  });

  test('asks about a flag that looks like a misspelt option', async () => {
    expect(await problemsOf({ app }, '--prot=8080')).toEqual({
      '--prot': expect.stringContaining('did you mean --port?'),
    });
    expect(await problemsOf({ app }, '--ecv.mod=monitor')).toEqual({
      '--ecv.mod': expect.stringContaining('--ecv.mode'),
    });
  });

  test('says what was given when a value is of the wrong kind', async () => {
    expect(await problemsOf({ app }, '--port=eighty')).toEqual({ '--port': expect.stringContaining('"eighty"') });
    expect(await problemsOf({ app }, '--noWorkers=2.5')).toEqual({ '--noWorkers': expect.stringContaining('2.5') });
  });
});

describe('validation', () => {
  test('one error lists every problem with its path, what was given and what is allowed', async () => {
    const problems = await problemsOf({
      noWorker: 2,
      port: 'eighty',
      ecv: { mode: 'remote', rot: '/x' },
      warmUp: 3,
      monPort: 70_000,
    });
    expect(Object.keys(problems)).toEqual(['noWorker', 'port', 'ecv.mode', 'ecv.rot', 'warmUp', 'monPort', 'app']);
    expect(problems.noWorker).toBe('unknown option, did you mean noWorkers?');
    expect(problems['ecv.mode']).toBe(`given "remote", allowed: 'control' or 'monitor'`);
    expect(problems['ecv.rot']).toContain('did you mean root?');
    expect(problems.app).toContain('missing');
  });

  test('the error has a code and counts', async () => {
    await expect(resolveOptions('listen', { port: -1 }, [])).rejects.toThrow(
      /2 problems .*\n {2}- port: .*\n {2}- app: /,
    );
    await expect(resolveOptions('listen', null, [])).rejects.toThrow(
      expect.objectContaining({ code: 'TROUPE_ERR_OPTIONS' }),
    );
  });

  test('two equal ports are a problem, wherever they come from', async () => {
    expect(await problemsOf({ app, port: 9000, monPort: 9000 })).toEqual({
      monPort: expect.stringContaining('which port has too'),
    });
    expect(await problemsOf({ app, port: 8081 })).toHaveProperty('monPort');
    expect(await problemsOf({ app, port: 9000, ecv: { agentPort: 9000 } })).toHaveProperty(['ecv.agentPort']);
    expect(await problemsOf({ app, port: 0, monPort: 0 })).toEqual({});
  });

  test('a secret does not stand in a message', async () => {
    expect(await problemsOf({ app, monToken: 'short' })).toEqual({ monToken: expect.not.stringContaining('short') });
  });

  test('names of Object.prototype are unknown options', async () => {
    expect(await problemsOf({ app, constructor: 1 })).toHaveProperty('constructor');
  });

  test('run has no port, and needs a runnable', async () => {
    await expect(resolveOptions('run', { port: 1 }, [])).rejects.toThrow(/port: unknown option.*\n.*runnable: missing/);
    expect((await resolveOptions('run', { runnable: () => {} }, [])).settings.noWorkers).toBeGreaterThan(0);
  });
});

describe('names that cluster2 had', () => {
  test('ecv.disable, connThreshold and the misspelt idle notification are taken', async () => {
    const settings = await settingsOf({
      ecv: { disable: true },
      connThreshold: 10,
      gc: { 'idle-noitification': false },
    });
    expect(settings).toMatchObject({ ecv: { disabled: true }, maxConnections: 10 });
  });
});
