import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Server } from 'node:net';
import { InFlight } from './in-flight.ts';
import { protocolOf } from './protocol-of.ts';
import { RequestTimes } from './request-times.ts';

type Transaction = ServerResponse | ServerHttp2Stream;

/**
 * Counts the requests of one server, in front of everything else that listens to it. A request ends when its response
 * closes: answered, failed or aborted. In HTTP/2 a request is a stream.
 *
 * Node's diagnostics channels would not do: they miss aborted requests and HTTP/2.
 */
export class Accounting {
  readonly inFlight = new InFlight<Transaction>();
  /** Those that have ended since the beginning. */
  readonly times = new RequestTimes();
  /** Sees each HTTP/1 response before the application does. */
  onResponse: ((response: ServerResponse) => void) | undefined;

  constructor(server: Server) {
    const end = (transaction: Transaction, status: number) => {
      const ms = this.inFlight.leave(transaction);
      if (ms !== undefined) this.times.add(status, ms);
    };
    // Shared by all requests, so that none costs a closure.
    const endResponse = function (this: ServerResponse) {
      end(this, statusOf(this));
    };
    const endStream = function (this: ServerHttp2Stream) {
      end(this, Number(this.sentHeaders?.[':status'] ?? 0));
    };
    const request = (incoming: IncomingMessage, response: ServerResponse) => {
      // An HTTP/2 request has been counted as a stream, and one that had to be told to continue may come here twice.
      if (incoming.httpVersionMajor > 1 || !this.inFlight.enter(response)) return;
      response.on('close', endResponse);
      this.onResponse?.(response);
    };
    const stream = (transaction: ServerHttp2Stream) => {
      this.inFlight.enter(transaction);
      transaction.on('close', endStream);
    };
    const protocol = protocolOf(server);
    const http2 = protocol === 'http2' || protocol === 'https2';
    const emit: (event: string, ...given: unknown[]) => boolean = server.emit;
    // Not a listener: applications and socket.io take away and replace what listens to requests, each as it likes. And for
    // two listeners Node copies the list at each event, which cost an Express application 5 of 80 µs.
    server.emit = (event: string, ...given: unknown[]) => {
      if (REQUESTS.has(event)) request(...(given as [IncomingMessage, ServerResponse]));
      else if (http2 && event === 'stream') stream(given[0] as ServerHttp2Stream);
      return emit.call(server, event, ...given);
    };
  }
}

/** What Node's servers call a request; one with `Expect` has another name where somebody listens to that. */
const REQUESTS = new Set(['request', 'checkContinue', 'checkExpectation']);

/**
 * 0 without an answer. Express gives each response another prototype, after which V8 (up to Node 22) misses its caches at
 * each property that is read in the usual way. Reflect.get keeps nothing in them. And `finished` is no getter: what was
 * ended has sent its headers.
 */
function statusOf(response: ServerResponse): number {
  if (!Reflect.get(response, 'finished') && !response.headersSent) return 0;
  return Reflect.get(response, 'statusCode') as number;
}
