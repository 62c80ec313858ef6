import { defaults } from './defaults.ts';
import { merge } from './merge.ts';
import type { CacheSettings, ListenOptions, RunOptions } from './options.ts';

type Defaults = ReturnType<typeof defaults>;

/** Options with every default in its place. `ecv`, `metrics` and `debug` are `false` when switched off. */
export type Settled<O> = Omit<O, keyof Defaults> &
  Omit<Defaults, 'ecv' | 'metrics' | 'debug' | 'cache'> & {
    cache: CacheSettings & Omit<Defaults['cache'], 'mode'>;
    ecv: (Exclude<ListenOptions['ecv'], boolean | undefined> & Defaults['ecv']) | false;
    metrics: (Exclude<ListenOptions['metrics'], boolean | undefined> & Defaults['metrics']) | false;
    debug: (Exclude<ListenOptions['debug'], boolean | undefined> & Defaults['debug']) | false;
  };
/** What the processes of a cluster work with, whichever of `listen` and `run` they were started by. */
export type Settings = Settled<ListenOptions<never> | RunOptions> &
  Partial<Pick<ListenOptions<never>, 'app' | 'host' | 'createServer' | 'warmUp' | 'timeout'>> &
  Partial<Pick<RunOptions, 'runnable'>>;

/**
 * Options in code > command line > defaults. A worker gets the command line from the master, which has checked it: so
 * it loads neither the validation nor the command-line parser, which take 20 ms.
 */
export function settle(code: unknown, flags: Record<string, unknown>): Settings {
  const settings = merge(merge(defaults(), flags), code) as Settings;
  // cluster2's other names for the same.
  if (settings.ecv && settings.ecv.disable !== undefined) settings.ecv.disabled = settings.ecv.disable;
  if (settings.connThreshold !== undefined) settings.maxConnections ??= settings.connThreshold;
  return settings;
}
