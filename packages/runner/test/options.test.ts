import { describe, expect, test } from 'vitest';
import { OptionsError } from '../src/errors.ts';
import { resolveOptions } from '../src/options/resolve.ts';
import { settle } from '../src/options/settle.ts';

const app = () => {};
const settingsOf = (code: object, ...argv: string[]) => resolveOptions('listen', { app, ...code }, argv).settings;

function problemsOf(code: object, ...argv: string[]) {
  try {
    resolveOptions('listen', code, argv);
  } catch (error) {
    if (error instanceof OptionsError)
      return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
    throw error;
  }
  return {};
}

describe('precedence', () => {
  test('options in code win over the command line, which wins over the defaults', () => {
    expect(settingsOf({}).port).toBe(8080);
    expect(settingsOf({}, '--port=9000').port).toBe(9000);
    expect(settingsOf({ port: 9001 }, '--port=9000').port).toBe(9001);
  });

  test('groups merge deeply', () => {
    const { ecv } = settingsOf({ ecv: { root: '/health' } }, '--ecv.mode=monitor', '--ecv.root=/lost');
    expect(ecv).toMatchObject({ root: '/health', mode: 'monitor', markUp: '/ecv/markUp' });
  });

  test('an option that is undefined is not given', () => {
    expect(settingsOf({ port: undefined }, '--port=9000').port).toBe(9000);
  });

  test('a group can be switched off and on as a whole', () => {
    expect(settingsOf({ ecv: false }, '--ecv.mode=monitor').ecv).toBe(false);
    expect(settingsOf({ ecv: { root: '/up' } }, '--no-ecv').ecv).toMatchObject({ root: '/up' });
    expect(settingsOf({}, '--no-ecv', '--ecv.mode=monitor').ecv).toBe(false);
    expect(settingsOf({ debug: true }).debug).toMatchObject({ webPort: 8082 });
  });

  test('instances are taken as they are, never merged', () => {
    class Mine {
      debug() {}
      info() {}
      warn() {}
      error() {}
    }
    const logger = new Mine();
    expect(settingsOf({ logger }).logger).toBe(logger);
  });

  test('a worker settles the same options without the validation', () => {
    const flags = { port: 9000, ecv: { mode: 'monitor' } };
    expect(settle({ app, host: '::1' }, flags)).toEqual(
      settingsOf({ host: '::1' }, '--port=9000', '--ecv.mode=monitor'),
    );
  });
});

describe('the command line', () => {
  test('defect: dotted flags were ignored, and booleans could not be turned off', () => {
    const argv =
      '--port=8080 --noWorkers=4 --cache.enable=false --no-nanny.enable --ecv.mode=monitor --debug.web-port=9092';
    expect(settingsOf({}, ...argv.split(' '))).toMatchObject({
      port: 8080,
      noWorkers: 4,
      cache: { enable: false },
      nanny: { enable: false },
      ecv: { mode: 'monitor' },
      debug: { webPort: 9092 },
    });
  });

  test('takes kebab case, separate values, lists and Unix sockets', () => {
    const argv = '--no-workers 3 --mon-port 0 --mon-allowed-hosts=a,b --port=/run/app.sock --warm-up-timeout=5';
    // `--no-workers` is the kebab case of noWorkers, not the negation of "workers".
    expect(settingsOf({}, ...argv.split(' '))).toMatchObject({
      noWorkers: 3,
      monPort: 0,
      monAllowedHosts: ['a', 'b'],
      port: '/run/app.sock',
      warmUpTimeout: 5,
    });
  });

  test('text stays text where text is wanted', () => {
    expect(settingsOf({}, '--monToken=12345678').monToken).toBe('12345678');
    expect(settingsOf({}, '--host=false', '--port=1').port).toBe(1);
  });

  test("leaves the application's own flags alone", () => {
    expect(settingsOf({}, '--verbose', '--colour=red', '--', '--prot=1').port).toBe(8080);
  });

  test('asks about a flag that looks like a misspelt option', () => {
    expect(problemsOf({ app }, '--prot=8080')).toEqual({ '--prot': expect.stringContaining('did you mean --port?') });
    expect(problemsOf({ app }, '--ecv.mod=monitor')).toEqual({ '--ecv.mod': expect.stringContaining('--ecv.mode') });
  });

  test('says what was given when a value is of the wrong kind', () => {
    expect(problemsOf({ app }, '--port=eighty')).toEqual({ '--port': expect.stringContaining('"eighty"') });
    expect(problemsOf({ app }, '--noWorkers=2.5')).toEqual({ '--noWorkers': expect.stringContaining('2.5') });
  });
});

describe('validation', () => {
  test('one error lists every problem with its path, what was given and what is allowed', () => {
    const problems = problemsOf({
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

  test('the error has a code and counts', () => {
    expect(() => resolveOptions('listen', { port: -1 }, [])).toThrow(/2 problems .*\n {2}- port: .*\n {2}- app: /);
    expect(() => resolveOptions('listen', null, [])).toThrow(expect.objectContaining({ code: 'TROUPE_ERR_OPTIONS' }));
  });

  test('two equal ports are a problem, wherever they come from', () => {
    expect(problemsOf({ app, port: 9000, monPort: 9000 })).toEqual({
      monPort: expect.stringContaining('which port has too'),
    });
    expect(problemsOf({ app, port: 8081 })).toHaveProperty('monPort');
    expect(problemsOf({ app, port: 9000, ecv: { agentPort: 9000 } })).toHaveProperty(['ecv.agentPort']);
    expect(problemsOf({ app, port: 0, monPort: 0 })).toEqual({});
  });

  test('a secret does not stand in a message', () => {
    expect(problemsOf({ app, monToken: 'short' })).toEqual({ monToken: expect.not.stringContaining('short') });
  });

  test('names of Object.prototype are unknown options', () => {
    expect(problemsOf({ app, constructor: 1 })).toHaveProperty('constructor');
  });

  test('run has no port, and needs a runnable', () => {
    expect(() => resolveOptions('run', { port: 1 }, [])).toThrow(/port: unknown option.*\n.*runnable: missing/);
    expect(resolveOptions('run', { runnable: () => {} }, []).settings.noWorkers).toBeGreaterThan(0);
  });
});

describe('names that cluster2 had', () => {
  test('ecv.disable, connThreshold and the misspelt idle notification are taken', () => {
    const settings = settingsOf({ ecv: { disable: true }, connThreshold: 10, gc: { 'idle-noitification': false } });
    expect(settings).toMatchObject({ ecv: { disabled: true }, maxConnections: 10 });
  });
});
