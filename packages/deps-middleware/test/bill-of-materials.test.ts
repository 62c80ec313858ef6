import { join, resolve } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { cyclonedx } from '../src/tree/cyclonedx.ts';
import { readInstallation } from '../src/tree/installation.ts';
import { spdx } from '../src/tree/spdx.ts';
import { SPDX_SCHEMA } from './spdx-schema.ts';
import { CASES } from './tree-cases.ts';
import { installed, type Planted, plant } from './trees.ts';

const fitsSpdx = new Ajv({ strict: false }).compile(SPDX_SCHEMA);
const REPOSITORY = resolve(import.meta.dirname, '../../..');

/** What people write where a license, an author and URLs belong. */
const ODD: Record<string, Planted> = {
  'app/package.json': { name: 'app', dependencies: { a: '1', b: '1', '@s/b-c': '1', '@s-b/c': '1' } },
  ...installed(
    'a',
    '1.0.0',
    { license: 'SEE LICENSE IN x', author: 'Ann', repository: 'ann/a', homepage: 'not a URL' },
    'app/',
  ),
  ...installed(
    'b',
    '1.0.0+build.1',
    { licenses: [{ type: 'MIT' }, { type: 'ISC' }], bugs: { email: 'b@b.b' }, author: 7 },
    'app/',
  ),
  ...installed(
    '@s/b-c',
    '1.0.0',
    { license: { type: '(MIT OR Apache-2.0)' }, repository: { url: 'git://x.y/z.git' } },
    'app/',
  ),
  ...installed('@s-b/c', '1.0.0', { license: '', description: '' }, 'app/'),
};
const TREES: Record<string, Record<string, Planted>> = { ...CASES, odd: ODD };

const read = async (name: string) =>
  readInstallation({ directory: join(await plant(TREES[name] ?? {}), 'app'), omitDev: false });
const repository = () => readInstallation({ directory: REPOSITORY, omitDev: false });

test.each(Object.keys(TREES))('CycloneDX is valid by its schema: %s', async name => {
  await expectValid(cyclonedx(await read(name)));
});

test('CycloneDX of this repository is valid, and tells versions, hashes, licenses and who needs whom', async () => {
  const bom = cyclonedx(await repository());
  await expectValid(bom);
  expect(bom).toMatchObject({
    metadata: { component: { name: 'troupe-workspace', type: 'application' } },
    components: expect.arrayContaining([
      expect.objectContaining({
        'bom-ref': expect.stringMatching(/^express@5/),
        purl: expect.stringMatching(/^pkg:npm\/express@5/),
        licenses: [{ expression: 'MIT' }],
        hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
      }),
    ]),
    dependencies: expect.arrayContaining([
      {
        ref: expect.stringMatching(/^express@/),
        dependsOn: expect.arrayContaining([expect.stringMatching(/^body-parser@/)]),
      },
    ]),
  });
});

test.each([...Object.keys(TREES), 'this repository'])('SPDX keeps to the rules of version 2.3: %s', async name => {
  const document = spdx(name === 'this repository' ? await repository() : await read(name)) as SpdxDocument;
  expect([fitsSpdx(document), fitsSpdx.errors]).toEqual([true, null]);
  const ids = document.packages.map(({ SPDXID }) => SPDXID);
  expect(new Set(ids).size).toBe(ids.length);
  const known = new Set([...ids, document.SPDXID]);
  for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
    expect(known).toContain(spdxElementId);
    expect(known).toContain(relatedSpdxElement);
  }
  expect(ids).toEqual(expect.arrayContaining(document.documentDescribes));
});

test('odd manifests: what is no license expression stays a name, or nothing', async () => {
  const installation = await read('odd');
  const { components } = cyclonedx(installation) as { components: { name: string; licenses?: unknown }[] };
  expect(components.map(({ name, licenses }) => [name, licenses])).toEqual([
    ['@s-b/c', undefined],
    ['@s/b-c', [{ expression: '(MIT OR Apache-2.0)' }]],
    ['a', [{ license: { name: 'SEE LICENSE IN x' } }]],
    ['b', [{ expression: 'MIT OR ISC' }]],
  ]);
  const { packages } = spdx(installation) as SpdxDocument;
  expect(packages.map(({ licenseDeclared }) => licenseDeclared)).toEqual([
    'NOASSERTION',
    'NOASSERTION',
    '(MIT OR Apache-2.0)',
    'NOASSERTION',
    'MIT OR ISC',
  ]);
});

test('in a workspace the bill is of the workspace', async () => {
  const directory = join(await plant(CASES.workspaces ?? {}), 'app/packages/one');
  const bom = cyclonedx(await readInstallation({ directory, omitDev: true }));
  await expectValid(bom);
  expect(bom).toMatchObject({
    metadata: { component: { name: 'one' } },
    components: [{ name: 'ms' }, { name: 'two' }],
  });
});

async function expectValid(bom: unknown): Promise<void> {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  expect(await validator.validate(JSON.stringify(bom))).toBeNull();
}

interface SpdxDocument {
  SPDXID: string;
  documentDescribes: string[];
  packages: { SPDXID: string; licenseDeclared: string }[];
  relationships: { spdxElementId: string; relatedSpdxElement: string }[];
}
