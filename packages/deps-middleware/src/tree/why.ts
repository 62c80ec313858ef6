import type { Edge, Node } from '@npmcli/arborist';
import type { Installation } from './installation.ts';

/** One package on a way, and what the one before asks for. */
export interface Step {
  readonly name: string;
  /** Absent when it is not installed. */
  readonly version?: string;
  /** Absent for the root, which nobody asks for. */
  readonly wanted?: string;
  /** prod, dev, optional, peer, peerOptional or workspace. */
  readonly type?: string;
}

/** A package that is here, or should be. */
export interface Finding {
  readonly name: string;
  readonly version?: string;
  /** Its directory, seen from the application. */
  readonly location?: string;
  readonly missing?: true;
  readonly extraneous?: true;
  /** From the root, the shortest first. */
  readonly ways: readonly (readonly Step[])[];
  /** Whether there are more ways than these. */
  readonly more: boolean;
}

export interface Why {
  readonly package: string;
  readonly found: readonly Finding[];
}

/** Ways that are told of one package; and how many beginnings are followed to find them, since there can be millions. */
const MAX_WAYS = 20;
const MAX_FOLLOWED = 20_000;

/** Why is it here: the ways from the root to each package of that name (and range). */
export function why(installation: Installation, wanted: string): Why {
  const { root } = installation;
  const name = wanted.replace(/(?<=.)@.*$/, '');
  const nodes = [...root.inventory.values()];
  const installed = nodes
    .filter(node => !node.isLink && !node.isProjectRoot && matches(node, name, wanted))
    .sort((a, b) => a.location.localeCompare(b.location, 'en'));
  const missing = nodes
    .flatMap(node => [...node.edgesOut.values()])
    .filter(edge => edge.missing && edge.name === name)
    .filter(edge => !(installation.omitDev && edge.dev));
  return {
    package: installation.redactor.text(wanted),
    found: [
      ...installed.map(node => ofInstalled(node, installation)),
      ...missing.map(edge => ({ name, missing: true as const, ...waysBy([edge], installation) })),
    ],
  };
}

function matches(node: Node, name: string, wanted: string): boolean {
  if (node.name !== name && node.packageName !== name) return false;
  return name === wanted || node.satisfies(wanted);
}

function ofInstalled(node: Node, installation: Installation): Finding {
  return {
    name: node.name,
    ...(node.version ? { version: node.version } : {}),
    location: installation.redactor.path(node.path),
    ...(node.extraneous ? { extraneous: true } : {}),
    ...waysBy(edgesTo(node), installation),
  };
}

/** Whoever links to a package is asked for in its place. */
const edgesTo = (node: Node): Edge[] => [node, ...node.linksIn].flatMap(one => [...one.edgesIn]);

/** Breadth first from the package upwards, so that the shortest ways come first. */
function waysBy(edges: readonly Edge[], installation: Installation): Pick<Finding, 'ways' | 'more'> {
  const ways: Step[][] = [];
  const queue: Edge[][] = edges.map(edge => [edge]);
  for (const [index, way] of queue.entries()) {
    if (ways.length === MAX_WAYS || index === MAX_FOLLOWED) return { ways, more: true };
    const from = way[0]?.from;
    if (!from) continue;
    if (from.isProjectRoot)
      ways.push([
        { name: from.package.name || from.name, ...versionOf(from) },
        ...way.map(edge => step(edge, installation)),
      ]);
    else if (queue.length < MAX_FOLLOWED * 2) {
      for (const edge of edgesTo(from)) if (!way.some(other => other.from === edge.from)) queue.push([edge, ...way]);
    }
  }
  return { ways, more: false };
}

function step({ name, spec, type, to, from }: Edge, { redactor }: Installation): Step {
  return { name, ...(to ? versionOf(to) : {}), wanted: redactor.spec(spec || '*', from?.path ?? ''), type };
}

const versionOf = ({ version }: Node): { version?: string } => (version ? { version } : {});
