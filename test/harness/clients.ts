import { once } from 'node:events';
import { Agent, type RequestOptions, request } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { request as requestSecurely, Agent as SecureAgent } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { urlToHttpOptions } from 'node:url';

/** What a server may speak, as `Address['protocol']` of the bus names it. */
export type Kind = 'http' | 'https' | 'http2' | 'https2' | 'tcp';
export interface Where {
  port?: number;
  /** A Unix socket. */
  path?: string;
}
export interface Reply {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}
/** A connection that stays open until the server closes it. */
export interface Connection {
  ask(path?: string): Promise<string>;
  /** Ends it from this side. */
  end(): void;
  /** Resolves when it is closed; rejects if that was no orderly end. */
  closed: Promise<unknown>;
  /** The `keep-alive` header of an HTTP/1 server. */
  idleTimeout?: string | string[] | undefined;
}

/**
 * One HTTP/1 request, on a connection of its own unless an agent is given. Any certificate will do.
 *
 * `fetch` keeps its connection open, and a worker that leaves lingers for a second on such a one: who does not mean that
 * asks in this way.
 * @param where a URL of http:, or what `request` of Node takes
 */
export function get(where: string | (RequestOptions & { secure?: boolean })): Promise<Reply> {
  const { secure, ...options } = typeof where === 'string' ? httpOptions(where) : where;
  return new Promise((resolve, reject) => {
    const where = { host: '127.0.0.1', agent: false as const, ...options };
    const req = secure ? requestSecurely({ ...where, rejectUnauthorized: false }) : request(where);
    req.on('error', reject);
    req.on('response', res => {
      let body = '';
      res.setEncoding('utf8');
      res.on('data', chunk => {
        body += chunk;
      });
      res.on('error', reject);
      res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, body }));
    });
    req.end();
  });
}

/** Asks a server of `test/fixtures/servers.ts` who answers, on a connection of its own that is closed afterwards. */
export async function ask(kind: Kind, where: Where): Promise<string> {
  switch (kind) {
    case 'http':
    case 'https':
      return (await get({ ...http1(where), secure: kind === 'https' })).body;
    case 'http2':
    case 'https2': {
      const session = openSession(kind, where);
      try {
        return await getIn(session);
      } finally {
        session.close();
      }
    }
    case 'tcp': {
      const socket = connectTcp(where.path ? { path: where.path } : { port: where.port ?? 0, host: '127.0.0.1' });
      const [line] = await once(socket, 'data');
      socket.end();
      return String(line).trim();
    }
  }
}

/** Opens a connection and asks once on it. */
export async function open(kind: Kind | 'https1', where: Where): Promise<Connection> {
  if (kind === 'tcp') return openTcp(where);
  if (kind === 'http2' || kind === 'https2') {
    const session = openSession(kind, where);
    await getIn(session);
    return { ask: path => getIn(session, path), end: () => session.close(), closed: once(session, 'close') };
  }
  const agent = kind === 'http' ? new Agent({ keepAlive: true }) : new SecureAgent({ keepAlive: true });
  const ask = (path = '/') => get({ ...http1(where), path, agent, secure: kind !== 'http' });
  const { headers } = await ask();
  const [socket] = Object.values(agent.freeSockets).flatMap(sockets => sockets ?? []);
  if (!socket) throw new Error('the server did not keep the connection open');
  return {
    ask: async path => (await ask(path)).body,
    end: () => agent.destroy(),
    closed: once(socket, 'close'),
    idleTimeout: headers['keep-alive'],
  };
}

async function openTcp(where: Where): Promise<Connection> {
  const socket = connectTcp({ port: where.port ?? 0, host: '127.0.0.1' });
  const [line] = await once(socket, 'data');
  return { ask: async () => String(line).trim(), end: () => socket.end(), closed: once(socket, 'close') };
}

function httpOptions(url: string): RequestOptions & { secure?: boolean } {
  return urlToHttpOptions(new URL(url));
}

function http1({ path, port }: Where): RequestOptions {
  return path === undefined ? { port } : { socketPath: path };
}

function openSession(kind: 'http2' | 'https2', { port, path }: Where): ClientHttp2Session {
  const scheme = kind === 'https2' ? 'https' : 'http';
  const authority = `${scheme}://127.0.0.1:${port ?? 0}`;
  if (path === undefined) return connectHttp2(authority, { rejectUnauthorized: false });
  return connectHttp2(authority, { createConnection: () => connectTcp(path) });
}

function getIn(session: ClientHttp2Session, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path });
    let body = '';
    stream.setEncoding('utf8');
    stream.on('data', chunk => {
      body += chunk;
    });
    stream.on('end', () => resolve(body));
    stream.on('error', reject);
    session.once('error', reject);
  });
}
