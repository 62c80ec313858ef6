import { toError } from '@troupe/ipc/transport';
import { loadTimeout, noValue } from '../errors.ts';
import { keep } from '../stored.ts';
import { encodeValue } from '../values.ts';
import type { Load, Loaded } from './reading.ts';

/** Makes the value of a key, once for all processes. Returning undefined is an error. */
export type Loader<V> = (key: string) => V | Promise<V>;

/** A user's loader, with a limit in time, ms, as the protocol wants it. `expire` is how long its value lasts. */
export function loaderOf<V>(key: string, loader: Loader<V>, timeout: number, expire: number): Load {
  return done => {
    const begun = performance.now();
    let isOver = false;
    const end = (loaded: Loaded) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      done(loaded);
    };
    const timer = setTimeout(() => end({ error: loadTimeout(key, timeout) }), timeout).unref();
    const run = async () => {
      const made = await loader(key);
      if (made === undefined) throw noValue(key);
      // Copied, as it outlasts what is encoded meanwhile.
      end({ value: keep(encodeValue(made, key)), expire, cost: performance.now() - begun });
    };
    run().catch((problem: unknown) => end({ error: toError(problem) }));
  };
}
