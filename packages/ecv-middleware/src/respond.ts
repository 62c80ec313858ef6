import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Guard, includes, preferredType } from '@troupe/guard';
import { type Here, jsonBody, textBody, timestamp } from './body.ts';
import type { Answer } from './options.ts';
import { plainAddress } from './plain-address.ts';
import type { Verdict } from './verdict.ts';

/** Answers with a verdict: headers first, then the user's own answer if there is one, else the body by Accept. */
export async function respond(
  req: IncomingMessage,
  res: ServerResponse,
  { status, verdict, guard, answer }: { status: number; verdict: Verdict; guard: Guard; answer?: Answer | undefined },
): Promise<void> {
  res.statusCode = status;
  res.setHeader('cache-control', 'no-cache');
  res.setHeader('since', timestamp(verdict.since));
  if (answer) return answer(req, res);
  res.setHeader('vary', 'Accept');
  const type = preferredType(req.headers.accept, ['text/plain', 'application/json']);
  const here = hereOf(req, verdict);
  const body =
    type === 'text/plain' ? textBody(verdict, here) : jsonBody(verdict, here, includes(await guard.level(req), 'view'));
  send(req, res, type, body);
}

/** Answers with a word or a sentence. */
export function say(req: IncomingMessage, res: ServerResponse, status: number, text: string): void {
  res.statusCode = status;
  res.setHeader('cache-control', 'no-cache');
  send(req, res, 'text/plain', `${text}\n`);
}

function send(req: IncomingMessage, res: ServerResponse, type: string, body: string): void {
  res.setHeader('content-type', `${type}; charset=utf-8`);
  res.setHeader('content-length', Buffer.byteLength(body));
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** The port is the application's, as in cluster2; without a cluster the server that answers is the application. */
function hereOf({ socket }: IncomingMessage, { report, alone }: Verdict): Here {
  const port = alone ? socket.localPort : (report?.address?.port ?? report?.address?.path);
  return {
    ip: plainAddress(socket.localAddress ?? ''),
    port: String(port ?? ''),
    time: Date.now(),
  };
}
