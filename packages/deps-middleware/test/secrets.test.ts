import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FORMATS } from '../src/question.ts';
import { answer } from '../src/tree/answer.ts';
import { readInstallation } from '../src/tree/installation.ts';
import { installed, plant } from './trees.ts';

const TOKEN = 'npm_0123456789abcdef0123456789abcdef0123';

test('no answer tells a secret or where anything is on this machine', async () => {
  const elsewhere = await plant({ 'package.json': { name: 'elsewhere', version: '1.0.0', dependencies: { no: '1' } } });
  const directory = await plant({
    'package.json': {
      name: 'app',
      version: '1.0.0',
      description: `run with //registry.example.com/:_authToken=${TOKEN}`,
      author: { name: `Ann (https://ann:hunter2@example.com)` },
      repository: { url: 'git+https://ann:hunter2@example.com/app.git' },
      dependencies: {
        tarball: 'https://ann:hunter2@example.com/tarball.tgz',
        gone: `https://example.com/gone.tgz?token=hunter2`,
        old: 'git+ssh://ann:hunter2@example.com/old.git#semver:^2',
        lost: 'file:/srv/somewhere/lost',
      },
    },
    'package-lock.json': {
      name: 'app',
      lockfileVersion: 3,
      packages: {
        'node_modules/tarball': {
          version: '1.0.0',
          resolved: 'https://ann:hunter2@example.com/tarball.tgz?sig=hunter2',
        },
        'node_modules/old': {
          version: '1.0.0',
          resolved: `git+ssh://ann:hunter2@example.com/old.git#${'0'.repeat(40)}`,
        },
      },
    },
    ...installed('tarball', '1.0.0', {
      homepage: 'https://ann:hunter2@example.com/?key=hunter2',
    }),
    ...installed('old', '1.0.0', {}),
    ...installed('left', '1.0.0'),
  });
  await symlink(elsewhere, join(directory, 'node_modules/elsewhere'));
  await mkdir(join(elsewhere, 'node_modules/stray'), { recursive: true });
  await writeFile(join(elsewhere, 'node_modules/stray/package.json'), '{"name":"stray","version":"1.0.0"}');
  const installation = await readInstallation({ directory, omitDev: false });
  const questions = [
    ...FORMATS.map(format => ({ format, depth: undefined, package: undefined })),
    ...['gone', 'lost', 'tarball', 'elsewhere', 'stray', 'old'].flatMap(name =>
      (['json', 'html'] as const).map(format => ({ format, depth: undefined, package: name })),
    ),
  ];
  for (const question of questions) {
    const text = answer(question, installation);
    expect(text.length).toBeGreaterThan(50);
    expect(text).not.toMatch(/hunter2|npm_0123|\/srv\/|ann:/);
    if (question.format === 'json' && !question.package) expect(text).toContain('***@example.com/old.git#000');
    expect(text).not.toContain(directory);
    expect(text).not.toContain(elsewhere);
  }
});
