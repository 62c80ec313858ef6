import { randomUUID } from 'node:crypto';
import { type Component, componentsOf, isLicenseExpression } from './components.ts';
import type { Installation } from './installation.ts';

/** A bill of materials by https://cyclonedx.org/docs/1.6/json/. */
export function cyclonedx(installation: Installation): unknown {
  const components = componentsOf(installation);
  const [application, ...rest] = components;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: new Date().toISOString(),
      lifecycles: [{ phase: 'operations' }],
      tools: { components: [{ type: 'library', name: '@troupe/deps-middleware' }] },
      component: toComponent(application, 'application'),
    },
    components: rest.map(one => toComponent(one, 'library')),
    dependencies: components.map(({ id, needs }) => ({ ref: id, dependsOn: [...new Set(needs.map(need => need.id))] })),
  };
}

function toComponent(component: Component, type: 'application' | 'library'): unknown {
  const { id, name, version, purl, description, author, license, hash } = component;
  const references = [
    { type: 'distribution', url: component.distribution },
    { type: 'vcs', url: component.repository },
    { type: 'website', url: component.homepage },
    { type: 'issue-tracker', url: component.bugs },
  ].filter(({ url }) => isReference(url));
  const properties = [
    ...(component.development ? [{ name: 'cdx:npm:package:development', value: 'true' }] : []),
    ...(component.extraneous ? [{ name: 'cdx:npm:package:extraneous', value: 'true' }] : []),
  ];
  return {
    'bom-ref': id,
    type,
    name,
    ...(version ? { version } : {}),
    ...(description ? { description } : {}),
    ...(author ? { author } : {}),
    ...(type === 'library' ? { scope: component.optional ? 'optional' : 'required' } : {}),
    ...(hash ? { hashes: [{ alg: hash.algorithm.replace('SHA', 'SHA-'), content: hash.value }] } : {}),
    ...(license
      ? { licenses: [isLicenseExpression(license) ? { expression: license } : { license: { name: license } }] }
      : {}),
    purl,
    ...(references.length > 0 ? { externalReferences: references } : {}),
    ...(properties.length > 0 ? { properties } : {}),
  };
}

/** The schema wants an IRI; packages also write "user/repository". */
const isReference = (url: string | undefined): boolean =>
  url !== undefined && /^[a-z][a-z\d+.-]*:\S+$/i.test(url) && URL.canParse(url);
