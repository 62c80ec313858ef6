import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CallFrame } from './cpu-profile.ts';
import type { Place } from './stall-trace.ts';

/** What V8 knows of a script's source map, for scripts that are not on the disk as they run. */
type MapUrlOf = (scriptId: string) => Promise<string | undefined>;

/** Bytes of a source map. */
const MOST = 64 * 1024 * 1024;

/** Finds the places in the sources that scripts were made of. */
export class OriginalPlaces {
  readonly #mapUrlOf: MapUrlOf;
  readonly #maps = new Map<string, Promise<{ map: SourceMap; base: string } | undefined>>();

  constructor(mapUrlOf: MapUrlOf) {
    this.#mapUrlOf = mapUrlOf;
  }

  /** Undefined for what has no place: `(program)` and the like. */
  async of(frame: CallFrame): Promise<Place | undefined> {
    const { url, lineNumber, columnNumber } = frame;
    if (url === '') return undefined;
    const found = await this.#mapOf(frame);
    const entry = found?.map.findEntry(lineNumber, columnNumber);
    if (found && entry && 'originalSource' in entry && URL.canParse(entry.originalSource, found.base)) {
      const { originalSource, originalLine, originalColumn } = entry;
      return place(new URL(originalSource, found.base).href, originalLine, originalColumn);
    }
    return place(url, lineNumber, columnNumber);
  }

  #mapOf(frame: CallFrame) {
    const known = this.#maps.get(frame.scriptId) ?? this.#read(frame);
    this.#maps.set(frame.scriptId, known);
    return known;
  }

  /** A map that is broken is no map: the place in the script is right, too. */
  async #read({ url, scriptId }: CallFrame): Promise<{ map: SourceMap; base: string } | undefined> {
    if (!url.startsWith('file:') && !url.startsWith('/')) return undefined;
    try {
      const script = url.startsWith('/') ? `file://${url}` : url;
      const mapUrl = await this.#mapUrl(script, scriptId);
      if (mapUrl === undefined || !URL.canParse(mapUrl, script)) return undefined;
      const { href, protocol } = new URL(mapUrl, script);
      const text = protocol === 'data:' ? textOfData(href) : await readFile(fileURLToPath(href), 'utf8');
      if (text.length > MOST) return undefined;
      return { map: new SourceMap(JSON.parse(text)), base: protocol === 'data:' ? script : href };
    } catch {
      return undefined;
    }
  }

  async #mapUrl(script: string, scriptId: string): Promise<string | undefined> {
    // What runs is not what such a file says: somebody has made JavaScript of it on the way.
    if (!/\.[cm]?js$/.test(script)) return this.#mapUrlOf(scriptId);
    const source = await readFile(fileURLToPath(script), 'utf8');
    return /\n\/\/[#@] sourceMappingURL=(\S+)\s*$/.exec(source)?.[1];
  }
}

const textOfData = (url: string): string => {
  const [head = '', body = ''] = url.split(/,(.*)/s);
  return head.endsWith(';base64') ? Buffer.from(body, 'base64').toString() : decodeURIComponent(body);
};

const place = (url: string, line: number, column: number): Place => ({
  file: url.startsWith('file:') ? fileURLToPath(url) : url,
  line: line + 1,
  column: column + 1,
});
