/**
 * What SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/) allows of what our documents have: nothing else may be in them. The
 * official JSON schema is in no package of npm.
 */
const text = { type: 'string', minLength: 1 };
const identifier = { type: 'string', pattern: '^SPDXRef-[A-Za-z0-9.-]+$' };
const only = (required: Record<string, object>, optional: Record<string, object> = {}) => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});
const listOf = (items: object) => ({ type: 'array', items, minItems: 1 });

const reference = only({
  referenceCategory: { enum: ['OTHER', 'PERSISTENT-ID', 'SECURITY', 'PACKAGE-MANAGER'] },
  referenceType: { const: 'purl' },
  referenceLocator: { type: 'string', pattern: '^pkg:npm/\\S+$' },
});

const checksum = only({
  algorithm: { enum: ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512'] },
  checksumValue: { type: 'string', pattern: '^[0-9a-f]+$' },
});

const installed = only(
  {
    SPDXID: identifier,
    name: text,
    downloadLocation: { type: 'string', pattern: '^(NOASSERTION|(https?|git[+\\w]*):\\S+)$' },
    filesAnalyzed: { const: false },
    licenseConcluded: text,
    licenseDeclared: text,
    copyrightText: text,
    externalRefs: listOf(reference),
  },
  {
    versionInfo: text,
    packageFileName: text,
    description: text,
    homepage: { type: 'string', pattern: '^(NOASSERTION|NONE|[a-z][a-z0-9+.-]*:\\S+)$' },
    primaryPackagePurpose: { enum: ['APPLICATION', 'FRAMEWORK', 'LIBRARY', 'OTHER'] },
    checksums: listOf(checksum),
  },
);

const relationship = only({
  spdxElementId: identifier,
  relatedSpdxElement: identifier,
  relationshipType: {
    enum: ['DESCRIBES', 'DEPENDENCY_OF', 'DEV_DEPENDENCY_OF', 'OPTIONAL_DEPENDENCY_OF', 'PREREQUISITE_FOR'],
  },
});

export const SPDX_SCHEMA = only({
  spdxVersion: { const: 'SPDX-2.3' },
  dataLicense: { const: 'CC0-1.0' },
  SPDXID: { const: 'SPDXRef-DOCUMENT' },
  name: text,
  documentNamespace: { type: 'string', pattern: '^http://spdx\\.org/spdxdocs/[^#\\s]+$' },
  creationInfo: only({
    created: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' },
    creators: listOf({ type: 'string', pattern: '^(Person|Organization|Tool): \\S' }),
  }),
  documentDescribes: listOf(identifier),
  packages: listOf(installed),
  relationships: listOf(relationship),
});
