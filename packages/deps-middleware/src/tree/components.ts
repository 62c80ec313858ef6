import type { Edge, Node } from '@npmcli/arborist';
import parseLicense from 'spdx-expression-parse';
import type { Installation } from './installation.ts';

/** A package as a bill of materials tells it, whatever its format. */
export interface Component {
  /** name@version, by which packages that are installed twice are one. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  /** Where it is installed; the first place of several. */
  readonly location: string;
  readonly description: string | undefined;
  readonly author: string | undefined;
  readonly homepage: string | undefined;
  readonly repository: string | undefined;
  readonly bugs: string | undefined;
  readonly distribution: string | undefined;
  /** As the package says it; see {@link isLicenseExpression}. */
  readonly license: string | undefined;
  readonly hash: Hash | undefined;
  readonly development: boolean;
  readonly optional: boolean;
  readonly extraneous: boolean;
  readonly needs: readonly Need[];
}
export interface Need {
  readonly id: string;
  readonly type: Edge['type'];
}
export interface Hash {
  readonly algorithm: 'SHA1' | 'SHA256' | 'SHA384' | 'SHA512';
  /** Hexadecimal. */
  readonly value: string;
}

/** The application first, then what it uses and what is there without being used, by name. */
export function componentsOf(installation: Installation): [Component, ...Component[]] {
  const { root, workspace } = installation;
  const application = workspace?.target ?? root;
  const nodes = [...used(application, installation)];
  const extraneous = [...root.inventory.values()].filter(node => node.extraneous && !node.isLink);
  const byId = new Map<string, Component>();
  for (const node of [...nodes, ...extraneous]) {
    const component = describe(node, installation);
    const same = byId.get(component.id);
    byId.set(component.id, same ? { ...same, needs: unique([...same.needs, ...component.needs]) } : component);
  }
  const [first, ...rest] = byId.values();
  if (!first) throw new Error('an installation has a root');
  return [first, ...rest.sort((a, b) => a.id.localeCompare(b.id, 'en'))];
}

export function isLicenseExpression(license: string): boolean {
  try {
    parseLicense(license);
    return true;
  } catch {
    // "SEE LICENSE IN …", "UNLICENSED" and free text.
    return false;
  }
}

/** What is reached from the application, with itself first. */
function used(application: Node, installation: Installation): Set<Node> {
  const found = new Set([application]);
  for (const node of found) for (const edge of edgesOf(node, installation)) if (edge.to) found.add(edge.to.target);
  return found;
}

function edgesOf(node: Node, { root, workspace, omitDev }: Installation): Edge[] {
  const direct = node === root || node.isWorkspace || node === workspace?.target;
  return [...node.edgesOut.values()].filter(edge => edge.to && !(omitDev && direct && edge.dev));
}

const idOf = (node: Node): string => `${node.packageName || node.name}@${node.version}`;

function describe(node: Node, installation: Installation): Component {
  const { redactor, root } = installation;
  const manifest: Manifest = node.package;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? redactor.text(value) : undefined);
  const url = (value: unknown) =>
    text(typeof value === 'object' && value !== null && 'url' in value ? value.url : value);
  const { author } = manifest;
  const resolved = node.resolved ? redactor.spec(node.resolved, root.path) : undefined;
  return {
    id: idOf(node),
    name: node.packageName || node.name,
    version: node.version,
    purl: purlOf(node, resolved),
    location: redactor.path(node.path),
    description: text(manifest.description),
    author: text(typeof author === 'object' && author !== null && 'name' in author ? author.name : author),
    homepage: text(manifest.homepage),
    repository: url(manifest.repository),
    bugs: url(manifest.bugs),
    distribution: resolved,
    license: text(licenseOf(manifest)),
    hash: hashOf(node.integrity),
    development: node.dev,
    optional: node.optional || node.devOptional,
    extraneous: node.extraneous,
    needs: unique(edgesOf(node, installation).flatMap(({ to, type }) => (to ? [{ id: idOf(to.target), type }] : []))),
  };
}

/** What people write into a package.json, whatever npm's documentation says. */
export interface Manifest {
  description?: unknown;
  author?: unknown;
  homepage?: unknown;
  repository?: unknown;
  bugs?: unknown;
  license?: unknown;
  licenses?: unknown;
}

/** A string; formerly also `{ type }`, and a list of them under another name. */
export function licenseOf({ license, licenses }: Manifest): string | undefined {
  const each = (Array.isArray(licenses) && license === undefined ? licenses : [license])
    .map(one => (typeof one === 'object' && one !== null && 'type' in one ? one.type : one))
    .filter(one => typeof one === 'string' && one !== '');
  return each.length > 0 ? each.join(' OR ') : undefined;
}

/** https://github.com/package-url/purl-spec, type npm. */
function purlOf({ packageName, name, version }: Node, resolved: string | undefined): string {
  const path = (packageName || name).split('/').map(encodeURIComponent).join('/');
  const from = resolved?.startsWith('git') ? `?vcs_url=${encodeURIComponent(resolved)}` : '';
  return `pkg:npm/${path}${version ? `@${encodeURIComponent(version)}` : ''}${from}`;
}

/** The strongest hash of a subresource integrity text. */
function hashOf(integrity: string | null): Hash | undefined {
  const given = (integrity ?? '').split(/\s+/);
  for (const algorithm of ['SHA512', 'SHA384', 'SHA256', 'SHA1'] as const) {
    const prefix = `${algorithm.toLowerCase()}-`;
    const text = given.find(one => one.startsWith(prefix));
    if (text) return { algorithm, value: Buffer.from(text.slice(prefix.length), 'base64').toString('hex') };
  }
  return undefined;
}

function unique(needs: readonly Need[]): Need[] {
  return [...new Map(needs.map(need => [`${need.type} ${need.id}`, need])).values()];
}
