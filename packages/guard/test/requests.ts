import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

export interface Fake {
  method?: string;
  url?: string;
  headers?: Record<string, string>;
  /** More raw headers, for what a Record cannot say. */
  raw?: string[];
  encrypted?: boolean;
  remoteAddress?: string;
  localAddress?: string;
}

/** A request as Node would parse it, from an address that is not ours unless it says so. */
export function request({
  method = 'GET',
  url = '/',
  headers = {},
  raw = [],
  ...connection
}: Fake = {}): IncomingMessage {
  const socket = new Socket();
  const { remoteAddress = '192.0.2.7', localAddress = '192.0.2.1', encrypted = false } = connection;
  Object.defineProperties(socket, {
    remoteAddress: { value: remoteAddress },
    localAddress: { value: localAddress },
    encrypted: { value: encrypted },
  });
  const req = new IncomingMessage(socket);
  req.method = method;
  req.url = url;
  const all = { host: 'localhost:8081', ...headers };
  Object.assign(req.headers, all);
  req.rawHeaders = [...Object.entries(all).flat(), ...raw];
  return req;
}
