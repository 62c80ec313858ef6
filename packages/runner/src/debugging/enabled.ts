import type { Settings } from '../options/settle.ts';

type Needed = Pick<Settings, 'debug' | 'monToken' | 'guard'>;

/** Whether workers may be debugged: unless it is switched off; in production only where a visitor can prove who he is. */
export function debugEnabled({ debug, monToken, guard }: Needed): boolean {
  if (!debug || debug.enable === false) return false;
  const isProduction = process.env.NODE_ENV === 'production';
  return !isProduction || Boolean(guard ?? monToken ?? process.env.TROUPE_MON_TOKEN);
}

/** Whether each worker keeps an agent ready: 10 MB each, for being able to debug one that runs in circles. */
export function agentStandsBy(settings: Needed): boolean {
  if (!debugEnabled(settings) || !settings.debug) return false;
  return settings.debug.standby ?? process.env.NODE_ENV !== 'production';
}
