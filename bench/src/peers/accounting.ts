/** One plain HTTP server that accounts for its requests in the way that VARIANT names. */
import { channel } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((_req, res) => res.end('hello'));
const totals = { ended: 0, durations: 0 };

const inFlight = new Map<ServerResponse, number>();
const BEGAN = Symbol('began');
type Marked = ServerResponse & { [BEGAN]?: number };

function endOfMap(this: ServerResponse) {
  totals.durations += performance.now() - (inFlight.get(this) ?? 0);
  inFlight.delete(this);
  totals.ended += 1;
}
function endOfProperty(this: Marked) {
  totals.durations += performance.now() - (this[BEGAN] ?? 0);
  totals.ended += 1;
}

const variants: Record<string, () => void> = {
  none: () => {},
  map: () =>
    server.prependListener('request', (_req: IncomingMessage, res: ServerResponse) => {
      inFlight.set(res, performance.now());
      res.on('close', endOfMap);
    }),
  closure: () =>
    server.prependListener('request', (_req: IncomingMessage, res: ServerResponse) => {
      const began = performance.now();
      res.once('close', () => {
        totals.durations += performance.now() - began;
        totals.ended += 1;
      });
    }),
  property: () =>
    server.prependListener('request', (_req: IncomingMessage, res: Marked) => {
      res[BEGAN] = performance.now();
      res.on('close', endOfProperty);
    }),
  channels: () => {
    channel('http.server.request.start').subscribe(message => {
      inFlight.set((message as { response: ServerResponse }).response, performance.now());
    });
    channel('http.server.response.finish').subscribe(message => {
      endOfMap.call((message as { response: ServerResponse }).response);
    });
  },
};
variants[process.env.VARIANT ?? 'none']?.();
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ ready: true, port: (server.address() as AddressInfo).port })}\n`);
});
