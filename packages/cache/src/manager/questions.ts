import { badArgument, malformed, quote } from '../errors.ts';
import type { Questions as All, CacheMeta, CacheStat, Inspected, KeysPage, Question } from '../questions.ts';
import { toBytes } from '../stored.ts';
import type { CacheState } from './cache-state.ts';

const PAGE = 1_000;

type Answerers = {
  [Q in Question]: (params: Record<string, unknown>, now: number, answer: (result: All[Q]['result']) => void) => void;
};

/** Answers what is asked about caches. */
export class Questions {
  readonly #caches: ReadonlyMap<string, CacheState>;
  readonly #answerers: Answerers = {
    names: (_params, _now, answer) => answer({ names: [...this.#caches.keys()] }),
    stat: (params, _now, answer) => answer(statOf(this.#named(params))),
    meta: (params, _now, answer) => answer(metaOf(this.#named(params))),
    keys: (params, now, answer) => answer(keysOf(this.#named(params), params.cursor, now)),
    inspect: (params, now, answer) => answer({ found: inspectedOf(this.#named(params), params.key, now) }),
    destroy: (params, now, answer) => this.#named(params).destroy(now, () => answer({})),
  };

  constructor(caches: ReadonlyMap<string, CacheState>) {
    this.#caches = caches;
  }

  /** @throws TROUPE_ERR_CACHE_BAD_ARGUMENT when there is no such cache, TROUPE_ERR_CACHE_MALFORMED */
  ask(
    question: string | undefined,
    params: Record<string, unknown>,
    now: number,
    answer: (result: unknown) => void,
  ): void {
    if (question === undefined || !Object.hasOwn(this.#answerers, question)) throw malformed(`it asks ${question}`);
    this.#answerers[question as Question](params, now, answer);
  }

  #named({ name }: Record<string, unknown>): CacheState {
    const cache = this.#caches.get(String(name));
    if (cache === undefined) throw badArgument(`There is no cache ${quote(String(name))}.`);
    return cache;
  }
}

function statOf({ entries, counters, nearHits, readers }: CacheState): CacheStat {
  const { hits, ...others } = counters;
  const processes = [...readers].map(({ peer: { pid }, near }) => ({ pid, ...near }));
  return {
    entries: entries.count,
    bytes: entries.bytes,
    hits: { near: nearHits, manager: hits },
    ...others,
    processes,
  };
}

function metaOf({ name, options }: CacheState): CacheMeta {
  return { name, ...options };
}

function keysOf({ entries }: CacheState, cursor: unknown, now: number): KeysPage {
  const from = typeof cursor === 'number' && cursor >= 0 ? Math.floor(cursor) : 0;
  const { values, next } = entries.page(from, PAGE);
  return { keys: values.filter(entry => entry.isFresh(now)).map(({ key }) => key), next };
}

function inspectedOf({ entries, options }: CacheState, key: unknown, now: number): Inspected | undefined {
  const entry = entries.get(String(key), now);
  if (!entry?.isFresh(now)) return undefined;
  const expire = entry.expiresAt === 0 ? 0 : entry.expiresAt - now;
  return { value: toBytes(entry.value), persist: options.persist, expire };
}
