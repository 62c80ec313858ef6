import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf } from '../errors.ts';
import { findInside } from './inside.ts';

/** Bytes of a source map; that of a bundle is large. */
const MOST = 64 * 1024 * 1024;
const NOT_SHOWN = {
  missing: '// This source is not there.\n',
  outside: '// This source is outside the application, and is not shown.\n',
};

/** What is read of a source map (ECMA-426); the rest of it is passed on. */
interface SourceMap {
  sources: (string | null)[];
  sourcesContent?: (string | null)[];
  sourceRoot?: string;
}

/** Where the source map of a script is, if that is a file; undefined when it is inline, elsewhere, or absent. */
export function mapFileOf(script: string, sourceMapURL: string): string | undefined {
  if (!script.startsWith('file:') || sourceMapURL === '' || sourceMapURL.startsWith('data:')) return undefined;
  const url = URL.canParse(sourceMapURL, script) ? new URL(sourceMapURL, script) : undefined;
  return url?.protocol === 'file:' ? pathOfURL(url) : undefined;
}

/** Undefined for a URL that names no file of this machine. */
function pathOfURL(url: URL | string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    // It has a host, or a slash within a name: there is no such file here.
    return undefined;
  }
}

/**
 * A source map as a browser can use it, which reads no files: with the text of each source in it, as far as that is
 * inside the application.
 * @returns undefined when it is not, or is no source map
 * @throws what the file system says of a map that is there
 */
export async function readSourceMap(file: string, root: string): Promise<object | undefined> {
  const { path: real } = await findInside(root, file);
  if (real === undefined) return undefined;
  const map = parse(await readFile(real, 'utf8'));
  return map && complete(map, dirname(file), root);
}

/**
 * The same of a source map that a script has within itself, as a `data:` URL: tools that compile while they load, such as tsx,
 * leave the texts out.
 * @param script its URL
 * @returns a `data:` URL; the given one when there is nothing to add
 */
export async function completeInline(script: string, sourceMapURL: string, root: string): Promise<string> {
  const file = script.startsWith('file:') ? pathOfURL(script) : undefined;
  if (file === undefined) return sourceMapURL;
  const map = parse(textOf(sourceMapURL));
  if (map === undefined || map.sources.every((_, index) => typeof map.sourcesContent?.[index] === 'string')) {
    return sourceMapURL;
  }
  const whole = JSON.stringify(await complete(map, dirname(file), root));
  return `data:application/json;base64,${Buffer.from(whole).toString('base64')}`;
}

function textOf(dataURL: string): string {
  const comma = dataURL.indexOf(',');
  const data = dataURL.slice(comma + 1);
  return /;base64$/i.test(dataURL.slice(0, comma)) ? Buffer.from(data, 'base64').toString() : unescaped(data);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not ours to repair, either.
    return '';
  }
}

/** @param directory that relative sources are relative to */
async function complete(map: SourceMap, directory: string, root: string): Promise<object> {
  const { sources, sourcesContent = [], sourceRoot = '', ...rest } = map;
  const paths = sources.map(source => (source === null ? null : pathOf(source, sourceRoot, directory)));
  return {
    ...rest,
    sources: paths.map((path, index) => (path === null ? sources[index] : pathToFileURL(path).href)),
    sourcesContent: await Promise.all(
      paths.map(async (path, index) => sourcesContent[index] ?? (path === null ? null : readSource(path, root))),
    ),
  };
}

async function readSource(path: string, root: string): Promise<string> {
  try {
    const { path: real, problem } = await findInside(root, path);
    return real === undefined ? NOT_SHOWN[problem] : await readFile(real, 'utf8');
  } catch (problem) {
    // The other sources can be read all the same.
    return `// This source cannot be read: ${messageOf(problem)}\n`;
  }
}

/** Null for what is no file: `webpack://…` and the like have their text in the map. */
function pathOf(source: string, sourceRoot: string, directory: string): string | null {
  const whole = sourceRoot === '' ? source : `${sourceRoot.replace(/\/$/, '')}/${source}`;
  if (whole.startsWith('file:')) return pathOfURL(whole) ?? null;
  return /^[a-z][\w+.-]*:/i.test(whole) ? null : resolve(directory, whole);
}

function parse(text: string): SourceMap | undefined {
  if (text.length > MOST) return undefined;
  try {
    // Servers put this in front, so that nobody takes a source map for a script.
    const map: unknown = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ''));
    return isSourceMap(map) ? map : undefined;
  } catch {
    // Not ours to repair: DevTools shows the compiled file.
    return undefined;
  }
}

function isSourceMap(map: unknown): map is SourceMap {
  if (typeof map !== 'object' || map === null) return false;
  const { sources, sourcesContent = [], sourceRoot = '' } = map as Partial<Record<string, unknown>>;
  return areTexts(sources) && areTexts(sourcesContent) && typeof sourceRoot === 'string';
}

const areTexts = (given: unknown): boolean =>
  Array.isArray(given) && given.every(each => each === null || typeof each === 'string');
