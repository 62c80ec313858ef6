import type { Settings } from './options.ts';

export type Route = 'root' | 'markUp' | 'markDown' | 'live' | 'ready' | 'startup';

/** Finds the route of a URL by its path alone: any query string is fine, and so is one slash at the end. */
export class Routes {
  readonly #byPath = new Map<string, Route>();

  constructor({ root, markUp, markDown }: Pick<Settings, 'root' | 'markUp' | 'markDown'>) {
    const base = root === '/' ? '' : root;
    for (const route of ['live', 'ready', 'startup'] as const) this.#byPath.set(`${base}/${route}`, route);
    for (const path of markUp) this.#byPath.set(path, 'markUp');
    for (const path of markDown) this.#byPath.set(path, 'markDown');
    this.#byPath.set(root, 'root');
  }

  find(url = '/'): Route | undefined {
    const path = url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
    return this.#byPath.get(path || '/') ?? this.#byPath.get(path.replace(/(?<=.)\/$/, ''));
  }
}

/** The methods of a route. cluster2's scripts mark with GET; HEAD does what GET does, without the body. */
export function methodsOf(route: Route): readonly string[] {
  return route === 'markUp' || route === 'markDown' ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD'];
}
