import { basename, isAbsolute, relative, resolve, sep } from 'node:path';

/**
 * Takes out of what is shown what is nobody's business: credentials, and where on this machine things are. Every text
 * that came from a file goes through here.
 */
export interface Redactor {
  /** Where something is, as seen from the application. */
  path(absolute: string): string;
  /** A version, range, URL or path that somebody asked for. @param base what a relative path starts from */
  spec(text: string, base: string): string;
  /** Any other text: a description, a name. */
  text(text: string): string;
}

/** @param roots the application's directory, by all the names it has */
export function createRedactor({ roots, home }: { roots: readonly [string, ...string[]]; home: string }): Redactor {
  const [root] = roots;
  const path = (absolute: string): string => {
    const inside = roots.map(from => relative(from, absolute)).find(way => !climbs(way));
    if (inside !== undefined) return toSlashes(inside) || '.';
    return isNear(root, absolute, home) ? toSlashes(relative(root, absolute)) : hidden(absolute);
  };
  const text = (given: string): string => {
    const safe = withoutCredentials(given);
    const known = [...roots.map(from => [from, '.'] as const), [home, '~'] as const];
    return known.reduce((result, [from, to]) => (from.length > 1 ? result.replaceAll(from, to) : result), safe);
  };
  const spec = (given: string, base: string): string => {
    const [, scheme = '', where = ''] = given.match(/^((?:git\+)?file:(?:\/\/(?=\/))?|link:|portal:)?(.*)$/s) ?? [];
    const foreign = /^[A-Za-z]:[\\/]/.test(where) && !isAbsolute(where);
    if (foreign) return scheme + text(hidden(where));
    if (!isAbsolute(where) && !/^\.\.?([\\/]|$)/.test(where)) return text(given);
    const target = resolve(base, where);
    if (!isAbsolute(where) && (isInside(roots, target) || isNear(root, target, home))) return given;
    return scheme + text(path(target));
  };
  return { path, spec, text };
}

const climbs = (way: string): boolean => way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
const toSlashes = (path: string): string => path.split(sep).join('/');
const hidden = (path: string): string => `.../${basename(path.replaceAll('\\', '/'))}`;
const isInside = (roots: readonly string[], path: string) => roots.some(from => !climbs(relative(from, path)));

/** Whether the way there from the root does not lead through a directory that all users share, and so tell it all. */
function isNear(root: string, path: string, home: string): boolean {
  let shared = resolve(root);
  while (climbs(relative(shared, path))) shared = resolve(shared, '..');
  return shared !== resolve(shared, '..') && climbs(relative(shared, home));
}

/** Words that stand before a colon and an at sign without being a user's name. */
const NOT_A_USER = /^(npm|jsr|workspace|patch|catalog)$/;

function withoutCredentials(text: string): string {
  return text
    .replace(/\b([a-z][a-z\d+.-]*:\/\/)([^\s/?#"'<>]*)@/gi, (_match, scheme: string, user: string) =>
      user === 'git' ? `${scheme}git@` : `${scheme}***@`,
    )
    .replace(/(^|[\s"'(])([^\s:/@"']+):[^\s/@"']+@(?=[\w.-]+[:/])/g, (match, before: string, user: string) =>
      NOT_A_USER.test(user) ? match : `${before}***@`,
    )
    .replace(/(:\/\/[^\s?#"'<>]+)\?[^\s#"'<>]+/g, '$1?***')
    .replace(/(_authToken|_auth|_password|access_token|token|password|secret)(\s*[=:]\s*)[^\s&"']+/gi, '$1$2***')
    .replace(/\b(Bearer|Basic)\s+[\w+/=.~-]{8,}/gi, '$1 ***')
    .replace(/\b(npms?_|gh[opsur]_|github_pat_|glpat-)[\w-]{16,}/g, '$1***');
}
