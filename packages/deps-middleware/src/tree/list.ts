import { dirname } from 'node:path';
import type { Edge, Node } from '@npmcli/arborist';
import type { Installation } from './installation.ts';

/** An entry of what `npm ls --json` prints, with its keys in npm's order. */
export interface Item {
  version?: string;
  resolved?: string;
  overridden?: boolean;
  name?: string;
  extraneous?: true;
  invalid?: string;
  required?: string;
  missing?: true;
  problems?: string[];
  dependencies?: Record<string, Item>;
}

/** An entry with what npm knows of it but does not print as JSON. */
export interface Listed {
  readonly name: string;
  readonly item: Item;
  /** Absent when nothing is installed. */
  readonly node: Node | undefined;
  /** Absent for the root, and for what nobody asked for. */
  readonly edge: Edge | undefined;
  /** What was asked for; absent for what nobody asked for. */
  readonly wanted: string | undefined;
  /** It is told in full elsewhere, nearer to the root. */
  readonly again: boolean;
  readonly children: Listed[];
}

export interface Listing {
  readonly root: Listed;
  readonly problems: readonly string[];
}

/** Something that will be listed, with what was known of it when it was found. */
interface Found {
  readonly name: string;
  readonly id: string;
  readonly node: Node | undefined;
  readonly edge: Edge | undefined;
  readonly again: boolean;
  /** Of what is listed again: who wanted another version by then. */
  readonly invalid?: string | undefined;
  /** The first of what is missing: npm says what is required of this one only. */
  readonly firstMissing?: boolean;
}

/**
 * The tree that `npm ls --json --all` prints, by npm's rules: breadth first, each package in full where it is nearest to
 * the root, siblings by name. What nobody found invalid before an entry's turn came is not called so: the order counts.
 * @param depth levels below the direct dependencies
 */
export function list(installation: Installation, depth = Number.POSITIVE_INFINITY): Listing {
  return new Lister(installation, depth).list();
}

class Lister {
  readonly #installation: Installation;
  readonly #depth: number;
  readonly #seen = new Set<string>();
  /** Of a package: who wants another version. */
  readonly #invalid = new Map<Node, string>();
  readonly #problems = new Set<string>();
  #missing = 0;

  constructor(installation: Installation, depth: number) {
    this.#installation = installation;
    this.#depth = depth;
  }

  list(): Listing {
    const { root: node } = this.#installation;
    this.#seen.add(node.path);
    const root = this.#describe({ name: node.name, id: node.pkgid, node, edge: undefined, again: false });
    const queue = this.#below(node, 0).map(found => ({ found, parent: root, depth: 1 }));
    for (const { found, parent, depth } of queue) {
      const listed = this.#describe(found);
      parent.children.push(listed);
      if (!found.node || found.again) continue;
      // What a workspace asks for is as direct as what the root asks for.
      const level = found.node.isWorkspace ? 0 : depth;
      for (const next of this.#below(found.node, level)) queue.push({ found: next, parent: listed, depth: level + 1 });
    }
    return { root, problems: [...this.#problems] };
  }

  #below(node: Node, depth: number): Found[] {
    if (depth > this.#depth) return [];
    const edges = [...node.target.edgesOut.values()].filter(edge => this.#counts(edge, depth));
    const wanted = edges.map(edge => this.#wanted(edge));
    const paths = new Set(edges.map(({ to }) => to?.path));
    const extraneous = [...node.children.values()].filter(child => child.extraneous && !paths.has(child.path));
    return [...wanted, ...extraneous.map(child => this.#installed(child, undefined))]
      .sort(byId)
      .map(found => this.#once(found));
  }

  #counts(edge: Edge, depth: number): boolean {
    const { root, workspace, omitDev } = this.#installation;
    if (workspace && edge.from === root) return edge.to === workspace;
    return !(omitDev && depth === 0 && edge.dev);
  }

  #wanted(edge: Edge): Found {
    const { name, spec, to } = edge;
    if (!to) return { name, id: `${name}@${spec}`, node: undefined, edge, again: false };
    if (edge.invalid) {
      const before = this.#invalid.get(to);
      this.#invalid.set(to, `${before === undefined ? '' : `${before}, `}${this.#complaint(edge)}`);
    }
    return this.#installed(to, edge);
  }

  #complaint({ spec, from }: Edge): string {
    const { redactor } = this.#installation;
    const text = JSON.stringify(redactor.spec(spec || '*', from?.path ?? ''));
    return `${text} from ${from?.location ? redactor.path(from.path) : 'the root project'}`;
  }

  #installed(node: Node, edge: Edge | undefined): Found {
    return { name: node.name, id: node.pkgid, node, edge, again: false };
  }

  /** Siblings are in their order now, which decides who was first. */
  #once(found: Found): Found {
    const { node } = found;
    if (!node) return { ...found, firstMissing: this.#missing++ === 0 };
    if (this.#seen.has(node.path)) return { ...found, again: true, invalid: this.#invalid.get(node) };
    this.#seen.add(node.path);
    return found;
  }

  #describe({ name, id, node, edge, again, ...found }: Found): Listed {
    const { redactor, root } = this.#installation;
    const item: Item = {};
    const problems: string[] = [];
    const wanted = edge && redactor.spec(edge.spec || '*', edge.from?.path ?? '');
    const invalid = node && (again ? found.invalid : this.#invalid.get(node));
    if (node?.version) item.version = node.version;
    if (node && !again) {
      if (node.resolved) item.resolved = redactor.spec(node.resolved, node.isLink ? dirname(node.path) : root.path);
      if (node === root) {
        if (Object.keys(node.package).length > 0) item.name = node.package.name || node.name;
      } else item.overridden = node.overridden;
      if (node.extraneous) item.extraneous = true;
    }
    if (invalid !== undefined) item.invalid = invalid;
    if (!node && edge && !edge.optional) {
      if (found.firstMissing && wanted !== undefined) item.required = wanted;
      item.missing = true;
      problems.push(
        `missing: ${name}@${redactor.spec(edge.spec, edge.from?.path ?? '')}, required by ${edge.from?.pkgid}`,
      );
    }
    if (node && invalid !== undefined) problems.push(`invalid: ${id} ${redactor.path(node.path)}`);
    if (item.extraneous && node) problems.push(`extraneous: ${id} ${redactor.path(node.path)}`);
    if (problems.length > 0) item.problems = problems;
    for (const problem of problems) this.#problems.add(problem);
    return { name, item, node, edge, wanted, again, children: [] };
  }
}

const byName = new Intl.Collator('en');
const byId = (a: Found, b: Found): number => byName.compare(a.id, b.id);
