import { type Asset, isAsset } from './ui-files.ts';

/** What a URL names: the report, with what is asked of it, or a file that its page loads. */
export type Route = { readonly query: URLSearchParams } | { readonly asset: Asset };

/** @param root without a slash at its end, unless it is "/" */
export function routeOf(url: string, root: string): Route | undefined {
  const [path = '', query] = withoutOrigin(url).split(/[?#]/, 2);
  const below = root === '/' ? root : `${root}/`;
  if (path === root || path === below) return { query: new URLSearchParams(query) };
  const assets = `${below}assets/`;
  const name = path.startsWith(assets) ? path.slice(assets.length) : '';
  return isAsset(name) ? { asset: name } : undefined;
}

/** From the page's URL, as the browser sees it, to where its files are: they are below it, whatever it is mounted under. */
export function wayToAssets(pageUrl: string): string {
  const [path = ''] = withoutOrigin(pageUrl).split(/[?#]/, 1);
  const segment = path.slice(path.lastIndexOf('/') + 1);
  return segment === '' ? '.' : `./${segment}`;
}

/** A request to a proxy names the origin, too. */
const withoutOrigin = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, '');
