import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { DepsError, deps } from '../src/index.ts';
import type { Why } from '../src/tree/why.ts';
import { CLOSED, MOUNTS, serve } from './servers.ts';
import { CASES } from './tree-cases.ts';
import { installed, plant } from './trees.ts';

const PAGE = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };

async function missing(): Promise<string> {
  return join(await plant(CASES.missing ?? {}), 'app');
}

test.each(['Express', 'Connect'] as const)('in %s, mounted at the top and below a path', async framework => {
  const path = await missing();
  for (const [mountPath, options, url, assets] of [
    [undefined, {}, '/deps', './deps'],
    ['/mon', {}, '/mon/deps', './deps'],
    ['/mon', { root: '/tree' }, '/mon/tree?depth=0', './tree'],
    ['/packages', { root: '/' }, '/packages', './packages'],
    ['/packages', { root: '/' }, '/packages/', '.'],
  ] as const) {
    const get = await serve({ path, ...options }, MOUNTS[framework], mountPath);
    const response = await get(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toMatchObject({ name: 'app', dependencies: { here: { version: '1.2.3' } } });

    const page = await (await get(url, PAGE)).text();
    expect(page).toContain(`href="${assets}/assets/page.css"`);
    for (const [file, type] of [
      ['page.css', 'text/css'],
      ['page.js', 'text/javascript'],
    ]) {
      const asset = await get(new URL(`${assets}/assets/${file}`, `http://here${url}`).pathname);
      expect([asset.status, asset.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    }
  }
});

test('leaves every other path to whoever comes next', async () => {
  const get = await serve({ path: await missing() });
  for (const url of [
    '/',
    '/depsy',
    '/deps/package.json',
    '/deps/../deps.ts',
    '/deps/assets/page.css/',
    '/deps/assets/page.html',
  ]) {
    expect((await get(url)).status).toBe(404);
  }
});

test('is for those who may view, its files too', async () => {
  const get = await serve({ path: await missing(), guard: CLOSED });
  for (const url of ['/deps', '/deps?format=spdx', '/deps/assets/page.js']) expect((await get(url)).status).toBe(403);
  const headers = { authorization: 'Bearer a-token-of-the-test' };
  expect((await get('/deps', { headers })).status).toBe(200);
});

test('problems are in the answer, not an error', async () => {
  const get = await serve({ path: await missing() });
  expect(await (await get('/deps')).json()).toMatchObject({
    problems: expect.arrayContaining(['missing: gone@^2.0.0, required by app@1.0.0']),
  });
});

test('a directory that cannot be read is told to the log, not to the visitor', async () => {
  const warned = once(process, 'warning');
  const get = await serve({ path: join(await missing(), 'not/here') });
  const response = await get('/deps', PAGE);
  expect([response.status, await response.text()]).toEqual([
    500,
    'The dependencies could not be read; a warning of this process says why.\n',
  ]);
  expect(await warned).toMatchObject([
    { code: 'TROUPE_ERR_DEPS_THREAD', message: expect.stringContaining('not/here') },
  ]);
});

test.each([
  ['depth=-1', '"depth" is a whole number, 0 or more; given was "-1".'],
  ['depth=', '"depth" is a whole number'],
  ['format=xml', '"format" is one of json, html, cyclonedx, spdx; given was "xml".'],
  ['package=', '"package" is a name, or name@range'],
  ['package=../../etc/passwd', '"package" is a name, or name@range'],
  [`package=${'a'.repeat(301)}`, '"package" is a name, or name@range'],
  ['format=spdx&depth=1', 'A bill of materials is of everything'],
  ['depth=1&package=ms', 'Give "depth" or "package"'],
  ['depth=1&depth=2', '"depth" was given more than once.'],
  ['deepness=1', 'There is no "deepness" here. Use depth, package, format.'],
])('a query that means nothing is refused with a reason: %s', async (query, message) => {
  const get = await serve({ path: await missing() });
  const response = await get(`/deps?${query}`, PAGE);
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'text/plain; charset=utf-8']);
  expect(await response.text()).toContain(message);
});

test('takes GET and HEAD', async () => {
  const get = await serve({ path: await missing() });
  const head = await get('/deps', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
  const post = await get('/deps', { method: 'POST' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('says why a package is here, by every way from the root, and why it should be', async () => {
  const duplicate = await serve({ path: join(await plant(CASES.duplicate ?? {}), 'app') });
  const { found } = (await (await duplicate('/deps?package=ms')).json()) as Why;
  expect(found.map(one => [one.location, one.ways.map(way => way.map(({ name }) => name).join(' > '))])).toEqual([
    ['node_modules/b/node_modules/ms', ['app > b > ms']],
    ['node_modules/c/node_modules/ms', ['app > c > ms']],
    ['node_modules/ms', ['app > a > ms', 'app > b > a > ms']],
  ]);
  expect(found[0]?.ways[0]?.[2]).toEqual({ name: 'ms', version: '2.0.0', wanted: '^2.0.0', type: 'prod' });
  expect(await (await duplicate('/deps?package=ms@^2.1.0')).json()).toMatchObject({ found: [{ version: '2.1.0' }] });
  expect(await (await duplicate('/deps?package=nothing')).json()).toEqual({ package: 'nothing', found: [] });

  const get = await serve({ path: await missing() });
  const gone = (await (await get('/deps?package=gone')).json()) as Why;
  expect(gone.found).toMatchObject([
    { missing: true, ways: [[{ name: 'app' }, { name: 'gone', wanted: '^2.0.0' }]] },
    { missing: true, ways: [[{ name: 'app' }, { name: 'here' }, { name: 'gone', wanted: '3' }]] },
  ]);
});

test('millions of ways are not followed', async () => {
  const layers = Array.from({ length: 24 }, (_, layer) => [`a${layer}`, `b${layer}`]);
  const below = (layer: number) => Object.fromEntries((layers[layer + 1] ?? ['end']).map(name => [name, '1']));
  const files = layers.flatMap((names, layer) =>
    names.map(name => installed(name, '1.0.0', { dependencies: below(layer) })),
  );
  const path = await plant({
    'package.json': { name: 'app', version: '1.0.0', dependencies: { a0: '1', b0: '1' } },
    ...Object.assign({}, ...files, installed('end', '1.0.0')),
  });
  const get = await serve({ path });
  expect(await (await get('/deps?package=end')).json()).toMatchObject({ found: [{ name: 'end', more: true }] });
});

test('the page runs nothing of its own text and loads nothing from elsewhere', async () => {
  const evil = '<script>alert(1)</script>';
  const path = await plant({
    'package.json': { name: 'app', version: evil, dependencies: { a: '1' } },
    ...installed('a', '1.0.0', { license: `"><img src=x onerror=alert(1)>${evil}` }),
  });
  const get = await serve({ path });
  for (const url of ['/deps', `/deps?package=${encodeURIComponent(`a"<b>`)}`, '/deps?package=a']) {
    const response = await get(url, PAGE);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    const page = await response.text();
    expect(page).not.toMatch(/<script>|<img|<b>|style=|https?:/);
    expect(page.match(/<script/g)).toHaveLength(1);
  }
});

test('options that cannot be used are told all at once', () => {
  expect(() => deps({ root: 'deps', path: '', idle: -1 })).toThrow(DepsError);
  expect(() => deps({ root: 'deps', path: '', idle: -1 })).toThrow(/root is "deps".*path is "".*idle is -1/);
});

test('tells a user who has no name and no home, too', async ({ skip }) => {
  if (process.getuid?.() !== 0) return skip('only root can run a process as another user');
  const nameless = { uid: 65_533, gid: 65_533, cwd: '/', env: {} };
  const run = (...args: string[]) => promisify(execFile)(process.execPath, args, nameless);
  const entry = fileURLToPath(import.meta.resolve('../dist/index.js'));
  const mayRead = run('-e', `fs.accessSync(${JSON.stringify(entry)})`).then(
    () => true,
    () => false,
  );
  if (!(await mayRead)) return skip('other users may not read this directory');
  const path = await missing();
  await chmod(dirname(path), 0o755);
  const script = `
    import { createServer } from 'node:http';
    import { deps } from ${JSON.stringify(entry)};
    const guard = { authorize: () => ({ allowed: true, who: 'test', access: 'view' }), level: () => 'view', audit() {} };
    const server = createServer(deps({ path: ${JSON.stringify(path)}, guard }));
    server.listen(0, '127.0.0.1', async () => {
      const response = await fetch('http://127.0.0.1:' + server.address().port + '/deps');
      console.log(await response.text());
      process.exit();
    });`;
  const { stdout } = await run('--input-type=module', '-e', script);
  expect(JSON.parse(stdout)).toMatchObject({ name: 'app', dependencies: { here: { version: '1.2.3' } } });
});
