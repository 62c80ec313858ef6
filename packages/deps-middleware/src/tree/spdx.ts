import { randomUUID } from 'node:crypto';
import type { Edge } from '@npmcli/arborist';
import { type Component, componentsOf, isLicenseExpression } from './components.ts';
import type { Installation } from './installation.ts';

const DOCUMENT = 'SPDXRef-DOCUMENT';
const UNKNOWN = 'NOASSERTION';

/** A bill of materials by https://spdx.github.io/spdx-spec/v2.3/. */
export function spdx(installation: Installation): unknown {
  const components = componentsOf(installation);
  const [application, ...rest] = components;
  const ids = identifiers(components);
  const name = application.id.replace(/@$/, '');
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name,
    documentNamespace: `http://spdx.org/spdxdocs/${encodeURIComponent(name)}-${randomUUID()}`,
    creationInfo: { created: `${new Date().toISOString().slice(0, -5)}Z`, creators: ['Tool: @troupe/deps-middleware'] },
    documentDescribes: [ids.get(application.id)],
    packages: [toPackage(application, 'APPLICATION', ids), ...rest.map(one => toPackage(one, 'LIBRARY', ids))],
    relationships: [
      { spdxElementId: DOCUMENT, relatedSpdxElement: ids.get(application.id), relationshipType: 'DESCRIBES' },
      ...components.flatMap(({ id, needs }) =>
        needs.map(need => ({
          spdxElementId: ids.get(need.id),
          relatedSpdxElement: ids.get(id),
          relationshipType: relationship(need.type),
        })),
      ),
    ],
  };
}

function toPackage(component: Component, purpose: string, ids: ReadonlyMap<string, string>): unknown {
  const { name, version, location, description, homepage, license, distribution, purl, hash } = component;
  return {
    name,
    SPDXID: ids.get(component.id),
    ...(version ? { versionInfo: version } : {}),
    packageFileName: location,
    primaryPackagePurpose: purpose,
    ...(description ? { description } : {}),
    downloadLocation: distribution && /^(https?|git[+\w]*):/.test(distribution) ? distribution : UNKNOWN,
    filesAnalyzed: false,
    homepage: homepage && URL.canParse(homepage) ? homepage : UNKNOWN,
    licenseDeclared: license && isLicenseExpression(license) ? license : UNKNOWN,
    licenseConcluded: UNKNOWN,
    copyrightText: UNKNOWN,
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
    ...(hash ? { checksums: [{ algorithm: hash.algorithm, checksumValue: hash.value }] } : {}),
  };
}

/** SPDX allows letters, digits, "." and "-" only: two names can look alike then, and get a number. */
function identifiers(components: readonly Component[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    components.map(({ id }) => {
      const base = `SPDXRef-Package-${id.replace(/[^\w.-]|_/g, '-').replace(/^-+|-+$/g, '')}`;
      let identifier = base;
      for (let number = 2; taken.has(identifier); number++) identifier = `${base}-${number}`;
      taken.add(identifier);
      return [id, identifier];
    }),
  );
}

function relationship(type: Edge['type']): string {
  switch (type) {
    case 'dev':
      return 'DEV_DEPENDENCY_OF';
    case 'optional':
    case 'peerOptional':
      return 'OPTIONAL_DEPENDENCY_OF';
    case 'peer':
      return 'PREREQUISITE_FOR';
    default:
      return 'DEPENDENCY_OF';
  }
}
