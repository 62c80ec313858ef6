import type { Server } from 'node:net';
import type { Address } from '@troupe/ipc';

/**
 * What a server speaks, by the methods that only its kind has. `instanceof` would need node:tls and node:http, whose
 * import takes up to 25 ms of every worker's start: as ES modules they load all that they could export, undici among it.
 */
export function protocolOf(server: Server): Address['protocol'] {
  const secure = isTls(server);
  if ('updateSettings' in server) return secure ? 'https2' : 'http2';
  if ('closeIdleConnections' in server) return secure ? 'https' : 'http';
  return 'tcp';
}

export const isTls = (server: Server): boolean => 'setSecureContext' in server;
