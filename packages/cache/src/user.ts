import type { TroupePromise } from '@troupe/ipc';
import type { CallOptions } from './cache.ts';
import type { ProcessCache } from './process-cache.ts';
import type { CacheMeta, CacheStat, KeysPage } from './questions.ts';
import { decodeValue } from './values.ts';

/** Looks at all caches without using them, for pages that show them. */
export interface CacheUser {
  /** The names of all caches. */
  ns(options?: CallOptions): TroupePromise<string[]>;
  /** A value, whether it persists, and what is left of its time in ms (0: it does not expire); undefined when it is not there. */
  inspect(ns: string, key: string, options?: CallOptions): TroupePromise<[unknown, boolean, number] | undefined>;
  /** Some of the keys, and where the next page begins. */
  keys(ns: string, cursor?: number, options?: CallOptions): TroupePromise<KeysPage>;
  stat(ns: string, options?: CallOptions): TroupePromise<CacheStat>;
  meta(ns: string, options?: CallOptions): TroupePromise<CacheMeta>;
}

export function userOf({ member, patience }: ProcessCache): CacheUser {
  return {
    ns: ({ wait } = {}) =>
      patience.read('ns', wait, settle =>
        member.ask(
          'names',
          {},
          { reject: problem => settle.reject(problem), resolve: ({ names }) => settle.resolve(names) },
        ),
      ),
    inspect: (ns, key, { wait } = {}) =>
      patience.read(`inspect '${key}' of '${ns}'`, wait, settle =>
        member.ask(
          'inspect',
          { name: ns, key },
          {
            reject: problem => settle.reject(problem),
            resolve: ({ found }) =>
              settle.resolve(found && [decodeValue(found.value), found.persist, Math.ceil(found.expire)]),
          },
        ),
      ),
    keys: (ns, cursor = 0, { wait } = {}) =>
      patience.read(`keys of '${ns}'`, wait, settle => member.ask('keys', { name: ns, cursor }, settle)),
    stat: (ns, { wait } = {}) =>
      patience.read(`stat of '${ns}'`, wait, settle => {
        member.tally();
        return member.ask('stat', { name: ns }, settle);
      }),
    meta: (ns, { wait } = {}) =>
      patience.read(`meta of '${ns}'`, wait, settle => member.ask('meta', { name: ns }, settle)),
  };
}
