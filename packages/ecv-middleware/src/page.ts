import { Agent, request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { createConnection } from 'node:net';
import type { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { messageOf, monitorFailed } from './errors.ts';
import type { MonitorResponse } from './options.ts';
import { isOwn, type PageTarget } from './target.ts';

/** Bytes of a page that are read; a longer one is an error. */
export const MAX_BODY = 1024 * 1024;

export interface Page {
  response: MonitorResponse;
  body: string;
}

/**
 * Gets one page over a connection of its own, which is gone when this settles. Redirects are not followed.
 * @throws TROUPE_ERR_ECV_MONITOR
 */
export async function getPage(target: PageTarget, signal: AbortSignal): Promise<Page> {
  try {
    return await (target.http2 ? getByHttp2(target, signal) : getByHttp1(target, signal));
  } catch (error) {
    const why = signal.aborted ? 'it did not answer in time' : messageOf(error);
    throw monitorFailed(`${target.socketPath ?? ''}${target.url.pathname} could not be read: ${why}.`, error);
  }
}

function getByHttp1({ url, socketPath }: PageTarget, signal: AbortSignal): Promise<Page> {
  const secure = url.protocol === 'https:';
  // A connection that was kept alive could be closed by the application just when we use it.
  const agent = secure ? new HttpsAgent({ keepAlive: false }) : new Agent({ keepAlive: false });
  const options = {
    agent,
    signal,
    headers: { host: url.host, connection: 'close' },
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(secure ? { rejectUnauthorized: !isOwn(url.hostname) } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = (secure ? requestHttps : requestHttp)(url, options);
    request.on('error', reject);
    request.on('response', response => {
      readBody(response)
        .then(
          body => resolve({ response: { statusCode: response.statusCode ?? 0, headers: response.headers }, body }),
          reject,
        )
        .finally(() => request.destroy());
    });
    request.end();
  });
}

async function getByHttp2({ url, socketPath }: PageTarget, signal: AbortSignal): Promise<Page> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  const where = socketPath === undefined ? { host, port } : { path: socketPath };
  const socket = secure
    ? connectTls({ ...where, ALPNProtocols: ['h2'], rejectUnauthorized: !isOwn(url.hostname) })
    : createConnection(where);
  const session = connectHttp2(url.origin, { createConnection: () => socket });
  try {
    return await new Promise<Page>((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request({ ':path': url.pathname + url.search }, { signal });
      stream.on('error', reject);
      const unanswered = () => reject(new Error('the stream was closed without an answer'));
      stream.on('close', unanswered);
      stream.on('response', ({ ':status': statusCode = 0, ...headers }) => {
        stream.off('close', unanswered);
        readBody(stream).then(body => resolve({ response: { statusCode, headers }, body }), reject);
      });
      stream.end();
    });
  } finally {
    session.destroy();
    socket.destroy();
  }
}

async function readBody(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_BODY) throw monitorFailed(`its body is longer than ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
