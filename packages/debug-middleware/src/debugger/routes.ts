import { isMeasurement, type Measurement } from './measure.ts';

/** What a request below the live page's path is for. */
export type DebuggerRoute =
  | { to: 'devtools'; file: string }
  | { to: 'session' | 'events' | 'socket' | 'map'; pid: number }
  | { to: 'act'; act: Act; pid: number }
  | { to: 'fresh' }
  | { to: 'measure'; pid: number; what: Measurement }
  | { to: 'request'; pid: number; path: string };

/** What can be done about a session. */
export type Act = 'begin' | 'run' | 'extend' | 'end' | 'reload';

const ACTS: readonly string[] = ['begin', 'run', 'extend', 'end', 'reload'] satisfies Act[];

/** @param below the path without that of the live page and the slash behind it; no query string */
export function findDebuggerRoute(below: string): DebuggerRoute | undefined {
  const [, file] = /^devtools\/((?:[\w-][\w.-]*\/)*[\w-][\w.-]*)$/.exec(below) ?? [];
  if (file !== undefined) return { to: 'devtools', file };
  if (below === 'workers/fresh') return { to: 'fresh' };
  const [, digits, rest = ''] = /^workers\/([1-9]\d{0,9})((?:\/.*)?)$/s.exec(below) ?? [];
  if (digits === undefined) return undefined;
  const pid = Number(digits);
  const [, name = '', path] = /^\/([^/]*)(\/.*)?$/s.exec(rest) ?? [];
  if (rest === '') return { to: 'session', pid };
  if (name === 'request') return { to: 'request', pid, path: path ?? '/' };
  const what = path?.slice(1) ?? '';
  if (name === 'measure' && isMeasurement(what)) return { to: 'measure', pid, what };
  if (path !== undefined) return undefined;
  if (name === 'events' || name === 'socket' || name === 'map') return { to: name, pid };
  return isAct(name) ? { to: 'act', act: name, pid } : undefined;
}

const isAct = (name: string): name is Act => ACTS.includes(name);
