import type { Settings } from './settle.ts';

/**
 * Options that only the master acts on, or that all workers must agree on: a reload cannot change them. The others are
 * each worker's own, and come with the new code.
 */
const MASTER_SIDE = [
  'noWorkers',
  'port',
  'host',
  'monPort',
  'monHost',
  'ecv',
  'metrics',
  'cache',
  'debug',
  'heartbeatInterval',
  'nanny',
  'maxAge',
  'maxConnections',
  'startTimeout',
  'warmUpTimeout',
  'stopTimeout',
  'drainDelay',
  'acceptWait',
  'autopsy',
  'reload',
  'envFile',
  'pids',
  'monToken',
  'monTrustLoopback',
  'monAllowedHosts',
] as const satisfies readonly (keyof Settings)[];

/** The values of these options as text, functions and secrets left out: what a worker tells and the master compares. */
export function masterSide(settings: Settings): Record<string, string> {
  const { monToken: _secret, ...rest } = settings;
  return Object.fromEntries(MASTER_SIDE.map(key => [key, JSON.stringify(Reflect.get(rest, key)) ?? 'unset']));
}

/** What differs, as a sentence; null when nothing does. */
export function difference(running: Record<string, string>, reloaded: Record<string, string>): string | null {
  const changed = Object.keys(running).filter(key => running[key] !== reloaded[key]);
  if (changed.length === 0) return null;
  const list = changed.map(key => `${key} (${running[key]} → ${reloaded[key]})`).join(', ');
  return `a reload cannot change ${list}; restart the cluster for that`;
}
