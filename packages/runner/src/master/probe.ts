import { type EcvMiddleware, ecv } from '@troupe/ecv-middleware';
import type { Guard } from '@troupe/guard';
import type { Client } from '@troupe/ipc';
import type { Settings } from '../options/settle.ts';
import { explainAddress } from './preflight.ts';

/** The health check on the monitor, and HAProxy's agent if it has a port. */
export async function createProbe(
  settings: Settings,
  client: Client,
  guard: Guard,
): Promise<EcvMiddleware | undefined> {
  if (!settings.ecv) return undefined;
  const { persist: _kept, agentPort: port, ...options } = settings.ecv;
  const agentPort = port === false ? undefined : port;
  const probe = ecv({ ...options, agentPort, client, guard });
  try {
    await probe.agent?.listening;
    return probe;
  } catch (error) {
    await probe.close();
    throw await explainAddress(error, 'ecv.agentPort', { port: agentPort ?? 0 });
  }
}
