import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { Arborist, type Node } from '@npmcli/arborist';
import type { Source, Subject } from '../reading.ts';
import { createRedactor, type Redactor } from './redactor.ts';

/** What is installed for an application. */
export interface Installation {
  /** Of the application, or of the project that it is a workspace of. */
  readonly root: Node;
  /** The application itself, when it is a workspace; of the root's dependencies, only this one counts then. */
  readonly workspace: Node | undefined;
  /** Whether direct dependencies for development are left out. */
  readonly omitDev: boolean;
  readonly redactor: Redactor;
  readonly source: Source;
}

export async function readInstallation({ directory, omitDev }: Subject): Promise<Installation> {
  const began = Date.now();
  const { root, workspace } = (await readAsWorkspace(directory)) ?? {
    root: await read(directory),
    workspace: undefined,
  };
  const redactor = createRedactor({ roots: [root.path, root.realpath, directory], home: homedir() });
  return { root, workspace, omitDev, redactor, source: { began, places: placesOf(root) } };
}

function read(path: string): Promise<Node> {
  // As `npm ls` does: a peer dependency that is missing is a problem whatever npm install was told.
  return new Arborist({ path, legacyPeerDeps: false }).loadActual();
}

/** npm looks for a project above that names this directory as a workspace; there it is what is installed. */
async function readAsWorkspace(directory: string): Promise<Pick<Installation, 'root' | 'workspace'> | undefined> {
  for (let above = dirname(directory), below = directory; above !== below; below = above, above = dirname(above)) {
    if (!(await hasWorkspaces(above))) continue;
    const root = await read(above);
    const workspace = [...root.edgesOut.values()].find(({ to }) => to?.isWorkspace && to.realpath === directory)?.to;
    if (workspace) return { root, workspace };
  }
  return undefined;
}

async function hasWorkspaces(directory: string): Promise<boolean> {
  try {
    return Boolean(JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')).workspaces);
  } catch {
    // Absent or not readable as JSON: nobody's project.
    return false;
  }
}

/** Directories that packages stand in, and the manifests that people edit: a change of what is installed shows there. */
function placesOf(root: Node): string[] {
  const places = new Set<string>();
  for (const { path, isTop, name } of root.inventory.values()) {
    // What is in a store of pnpm's (node_modules/.pnpm) is never changed, only added and removed.
    const store = path.indexOf(`${sep}node_modules${sep}.`);
    if (store !== -1) {
      places.add(path.slice(0, path.indexOf(sep, store + `${sep}node_modules${sep}`.length)));
      continue;
    }
    if (isTop) places.add(join(path, 'package.json')).add(join(path, 'node_modules'));
    else places.add(dirname(path));
    if (name.includes('/')) places.add(dirname(dirname(path)));
  }
  return [...places];
}
