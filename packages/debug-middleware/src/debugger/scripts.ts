import { isBelow } from './inside.ts';
import { mapFileOf } from './source-map.ts';

const PARSED = '{"method":"Debugger.scriptParsed"';

/** Where a browser finds source maps. */
export interface MapPlace {
  /** The application's root; maps outside it are not shown. */
  root: string;
  /** The URL of one file's map. */
  url(file: string): string;
}

/** Has a script's source map found where a browser can load it; other messages pass as they are. */
export function withReachableMap(line: string, place: MapPlace): string {
  if (!line.startsWith(PARSED)) return line;
  if (line.includes('"sourceMapURL":""') || line.includes('"sourceMapURL":"data:')) return line;
  const message = JSON.parse(line) as { params: { url: string; sourceMapURL?: string } };
  const { url, sourceMapURL = '' } = message.params;
  const file = mapFileOf(url, sourceMapURL);
  if (file === undefined) return line;
  message.params.sourceMapURL = isBelow(place.root, file) ? place.url(file) : '';
  return JSON.stringify(message);
}
