import { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Address } from '@troupe/ipc';

/** What a server speaks. Node exports no class of its HTTP/2 servers; `updateSettings` is what only they have. */
export function protocolOf(server: Server): Address['protocol'] {
  const secure = server instanceof TlsServer;
  if ('updateSettings' in server) return secure ? 'https2' : 'http2';
  if (secure) return 'closeIdleConnections' in server ? 'https' : 'tcp';
  return server instanceof HttpServer ? 'http' : 'tcp';
}
