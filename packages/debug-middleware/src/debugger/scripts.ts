import type { Line } from './in-order.ts';
import { isBelow } from './inside.ts';
import { completeInline, mapFileOf } from './source-map.ts';

const PARSED = '{"method":"Debugger.scriptParsed"';

/** Where a browser finds source maps. */
export interface MapPlace {
  /** The application's root; maps outside it are not shown. */
  root: string;
  /** The URL of one file's map. */
  url(file: string): string;
}

/** Has a script's source map found where a browser can load it, or whole within itself; other messages pass as they are. */
export function withReachableMap(line: string, place: MapPlace): Line {
  if (!line.startsWith(PARSED) || line.includes('"sourceMapURL":""')) return line;
  const message = JSON.parse(line) as { params: { url: string; sourceMapURL?: string } };
  const { url, sourceMapURL = '' } = message.params;
  if (sourceMapURL.startsWith('data:')) {
    return async () => {
      message.params.sourceMapURL = await completeInline(url, sourceMapURL, place.root);
      return JSON.stringify(message);
    };
  }
  const file = mapFileOf(url, sourceMapURL);
  if (file === undefined) return line;
  message.params.sourceMapURL = isBelow(place.root, file) ? place.url(file) : '';
  return JSON.stringify(message);
}
