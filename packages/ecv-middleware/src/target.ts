import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Address } from '@troupe/ipc';
import { monitorFailed } from './errors.ts';
import { plainAddress } from './plain-address.ts';

/** Where to ask for a page, and how. */
export interface PageTarget {
  /** With the path; for a Unix socket its host is `localhost`. */
  url: URL;
  /** A Unix socket to reach it through. */
  socketPath?: string;
  http2: boolean;
}

/**
 * Where the page to monitor is: an absolute URL is taken as it is; a path is on the application's address, or, in a
 * process that belongs to no cluster, on the server that the probe came in on.
 * @param req the probe, where its server is the application
 * @throws TROUPE_ERR_ECV_MONITOR when nothing says where a path is
 */
export function pageTarget(
  monitor: string,
  address: Address | undefined,
  req: IncomingMessage | undefined,
): PageTarget {
  if (!monitor.startsWith('/')) return { url: new URL(monitor), http2: false };
  const where = address ?? (req && serverOf(req));
  if (where === undefined) {
    throw monitorFailed(`Nothing says where ${monitor} is: the application does not listen yet. Give an absolute URL.`);
  }
  if (where.protocol === 'tcp') {
    throw monitorFailed(`The application is a plain TCP server, which has no ${monitor}. Give an absolute URL.`);
  }
  const scheme = where.protocol.startsWith('https') || where.protocol === 'https2' ? 'https' : 'http';
  const http2 = where.protocol.endsWith('2');
  if (where.path !== undefined)
    return { url: new URL(monitor, `${scheme}://localhost`), socketPath: where.path, http2 };
  return { url: new URL(monitor, `${scheme}://${reachable(where.host)}:${where.port}`), http2 };
}

/** The server a request came in on. */
function serverOf(req: IncomingMessage): Address | undefined {
  const { socket } = req;
  const encrypted = 'encrypted' in socket && socket.encrypted === true;
  const http2 = req.httpVersionMajor === 2;
  const protocol = encrypted ? (http2 ? 'https2' : 'https') : http2 ? 'http2' : 'http';
  if (socket.localPort !== undefined) {
    return { protocol, port: socket.localPort, host: socket.localAddress ?? 'localhost' };
  }
  const path = unixPathOf(socket);
  return path === undefined ? undefined : { protocol, path };
}

/** Node keeps the server of a socket in `socket.server`; only it knows the path of a Unix socket. */
function unixPathOf(socket: object): string | undefined {
  if (!('server' in socket) || typeof socket.server !== 'object' || socket.server === null) return undefined;
  const { server } = socket;
  const address = 'address' in server && typeof server.address === 'function' ? server.address() : undefined;
  return typeof address === 'string' ? address : undefined;
}

/** An address to connect to: a server that listens on all of them is reached on loopback. */
function reachable(host: string | undefined): string {
  if (host === undefined || host === '::') return 'localhost';
  if (host === '0.0.0.0') return '127.0.0.1';
  const plain = plainAddress(host);
  return isIP(plain) === 6 ? `[${plain}]` : plain;
}

/** Whether a host is this machine, whose own certificate need not be vouched for. */
export function isOwn(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}
