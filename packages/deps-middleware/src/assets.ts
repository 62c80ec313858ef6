import { readFile } from 'node:fs/promises';

/** What the page loads. The paths are the same from src (tests) and from dist. */
export const ASSETS = {
  'page.css': { type: 'text/css', file: new URL('../ui/page.css', import.meta.url) },
  'page.js': { type: 'text/javascript', file: new URL('../dist/ui/page.js', import.meta.url) },
} as const;
export type Asset = keyof typeof ASSETS;

export const isAsset = (name: string): name is Asset => Object.hasOwn(ASSETS, name);

export const readAsset = (asset: Asset): Promise<string> => readFile(ASSETS[asset].file, 'utf8');
