import { type RequestOptions, request as requestHttp } from 'node:http';
import { connect as connectHttp2, type Http2Session } from 'node:http2';
import { request as requestHttps } from 'node:https';

export interface Reply {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** One request on a connection of its own, or on that of a given agent. With `secure`, any certificate will do. */
export function get({ secure, ...options }: RequestOptions & { secure?: boolean }): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const where = { host: '127.0.0.1', agent: false as const, ...options };
    const req = secure ? requestHttps({ ...where, rejectUnauthorized: false }) : requestHttp(where);
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

/** An HTTP/2 session that stays open until it is closed by one side. */
export function openSession(port: number, secure: boolean): Http2Session & ReturnType<typeof connectHttp2> {
  return connectHttp2(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, { rejectUnauthorized: false });
}

/** One request in a session. */
export function getIn(session: ReturnType<typeof connectHttp2>, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path });
    let body = '';
    stream.setEncoding('utf8');
    stream.on('data', chunk => {
      body += chunk;
    });
    stream.on('error', reject);
    stream.on('end', () => resolve(body));
    session.on('error', reject);
    stream.end();
  });
}
