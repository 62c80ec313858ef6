import { readFile } from 'node:fs/promises';

/** What the page loads, and of which type it is. */
export const ASSETS = { 'page.css': 'text/css', 'page.js': 'text/javascript' } as const;
export type Asset = keyof typeof ASSETS;

export const isAsset = (name: string): name is Asset => Object.hasOwn(ASSETS, name);

/** A file of the built page. The way to it is the same from src (tests) and from dist. */
export function readUi(name: Asset | 'page.html'): Promise<string> {
  return readFile(new URL(`../dist/ui/${name}`, import.meta.url), 'utf8');
}
