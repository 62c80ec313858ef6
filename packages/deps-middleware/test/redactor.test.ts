import { expect, test } from 'vitest';
import { createRedactor } from '../src/tree/redactor.ts';

const redactor = createRedactor({ roots: ['/home/ann/code/app'], home: '/home/ann' });
const BASE = '/home/ann/code/app';

test.each([
  ['https://user:pass@host.example/x.tgz', 'https://***@host.example/x.tgz'],
  ['https://ghp_0123456789abcdefghij@github.com/a/b', 'https://***@github.com/a/b'],
  ['https://us:p@ss@host/x', 'https://***@host/x'],
  ['git+ssh://git@github.com/a/b.git#v1', 'git+ssh://git@github.com/a/b.git#v1'],
  ['git+ssh://git:secret@github.com/a/b.git', 'git+ssh://***@github.com/a/b.git'],
  ['bob:secret@git.example.com:a/b.git', '***@git.example.com:a/b.git'],
  ['git@git.example.com:a/b.git', 'git@git.example.com:a/b.git'],
  ['https://host/x.tgz?X-Amz-Signature=abc&token=def#frag', 'https://host/x.tgz?***#frag'],
  ['npm_0123456789abcdef0123456789abcdef0123', 'npm_***'],
  ['npm:@scope/name@^1.0.0', 'npm:@scope/name@^1.0.0'],
  ['npm:name@^1.0.0', 'npm:name@^1.0.0'],
  ['workspace:name@*', 'workspace:name@*'],
  ['^1.0.0 || >=2 <3', '^1.0.0 || >=2 <3'],
  ['latest', 'latest'],
  ['github:user/repository#semver:^1', 'github:user/repository#semver:^1'],
])('credentials go, the rest stays: %s', (given, shown) => {
  expect(redactor.text(given)).toBe(shown);
  expect(redactor.spec(given, BASE)).toBe(shown);
});

test.each([
  ['file:/home/ann/code/app/inner', 'file:inner'],
  ['file:///home/ann/code/app/inner', 'file://inner'],
  ['file:/home/ann/code/lib', 'file:../lib'],
  ['file:/home/ann/elsewhere/lib', 'file:.../lib'],
  ['file:/home/bob/lib', 'file:.../lib'],
  ['/srv/packages/lib.tgz', '.../lib.tgz'],
  ['git+file:///srv/git/lib.git#main', 'git+file://.../lib.git#main'],
  ['link:/opt/lib', 'link:.../lib'],
  ['file:../lib', 'file:../lib'],
  ['file:./inner', 'file:./inner'],
  ['file:../../../../srv/lib', 'file:.../lib'],
  ['file:C:\\Users\\bob\\lib', 'file:.../lib'],
])('a path is told from the application, or not at all: %s', (given, shown) => {
  expect(redactor.spec(given, BASE)).toBe(shown);
});

test.each([
  ['/home/ann/code/app', '.'],
  ['/home/ann/code/app/node_modules/ms', 'node_modules/ms'],
  ['/home/ann/code/lib', '../lib'],
  ['/home/ann/lib', '.../lib'],
  ['/opt/lib', '.../lib'],
])('a place: %s', (given, shown) => {
  expect(redactor.path(given)).toBe(shown);
});

test('a line of an .npmrc', () => {
  expect(redactor.text('//host/:_authToken=npm_abcdef')).toBe('//host/:_authToken=***');
  expect(redactor.spec('//host/:_authToken=npm_abcdef', BASE)).toBe('.../:_authToken=***');
});

test('text that names the application or the home directory', () => {
  expect(redactor.text('see /home/ann/code/app/docs and /home/ann/.npmrc')).toBe('see ./docs and ~/.npmrc');
});
