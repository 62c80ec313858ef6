import type { IncomingMessage } from 'node:http';

/** `redirect`: the page, with a slash behind that would lead its relative links astray. */
export type Route = { to: 'page' | 'help' | 'redirect' | 'socket' } | { to: 'asset'; name: string };

/** Finds what a request is for by its path alone: any query string is fine. */
export class Routes {
  readonly #path: string;
  readonly #help: string;

  /** @param path of the page; the help page stands beside it */
  constructor(path: string) {
    this.#path = path;
    this.#help = path.replace(/[^/]*$/, 'help');
  }

  /** Of the page, as a link beside it says it. */
  get name(): string {
    return this.#path.replace(/.*\//, '');
  }

  find(url = ''): Route | undefined {
    const path = pathOf(url);
    if (path === this.#path) return { to: 'page' };
    if (path === this.#help) return { to: 'help' };
    if (!path.startsWith(`${this.#path}/`)) return undefined;
    const below = path.slice(this.#path.length + 1);
    if (below === '') return { to: 'redirect' };
    if (below === 'socket.io' || below.startsWith('socket.io/')) return { to: 'socket' };
    const [, name] = /^assets\/([\w.-]+)$/.exec(below) ?? [];
    return name === undefined ? undefined : { to: 'asset', name };
  }

  /** Where upgrades come in, as the server sees it: a router may have taken a prefix off this request's URL. */
  socketPath(req: IncomingMessage): string {
    const own = pathOf(req.url ?? '');
    const whole = pathOf('originalUrl' in req && typeof req.originalUrl === 'string' ? req.originalUrl : own);
    const base = whole.endsWith(own) ? whole.slice(0, whole.length - own.length) : '';
    return `${base}${this.#path}/socket.io`;
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
