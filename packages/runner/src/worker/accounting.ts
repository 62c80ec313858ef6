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
      // An HTTP/2 request has been counted as a stream.
      if (incoming.httpVersionMajor > 1) return;
      this.inFlight.enter(response);
      response.on('close', endResponse);
      this.onResponse?.(response);
    };
    const stream = (transaction: ServerHttp2Stream) => {
      this.inFlight.enter(transaction);
      transaction.on('close', endStream);
    };
    const protocol = protocolOf(server);
    const http2 = protocol === 'http2' || protocol === 'https2';
    if (http2) server.prependListener('stream', stream);
    // To listen to 'request' on an HTTP/2 server that serves streams itself would change how it treats them.
    if (!http2 || server.listenerCount('request') > 0) inFrontOfRequests(server, request);
  }
}

/**
 * 0 without an answer. Express gives each response another prototype, after which V8 (up to Node 22) misses its caches at
 * each property that is read in the usual way. Reflect.get keeps nothing in them. And `finished` is no getter: what was
 * ended has sent its headers.
 */
function statusOf(response: ServerResponse): number {
  if (!Reflect.get(response, 'finished') && !response.headersSent) return 0;
  return Reflect.get(response, 'statusCode') as number;
}

type OnRequest = (incoming: IncomingMessage, response: ServerResponse) => void;

/**
 * Has `first` called before whoever listens. Where that is one listener, as with every application, they become one: for
 * two, Node copies the list at each event and calls none of them inline, which cost an Express application 5 of 80 µs.
 */
function inFrontOfRequests(server: Server, first: OnRequest): void {
  const [listener, ...others] = server.rawListeners('request') as OnRequest[];
  if (listener === undefined || others.length > 0) {
    server.prependListener('request', first);
    return;
  }
  server.off('request', listener);
  server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
    first(incoming, response);
    listener.call(server, incoming, response);
  });
}
