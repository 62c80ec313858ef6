import type { Log } from '../log/log.ts';
import { addressOf, listening } from '../worker/listening.ts';
import { close, type Handler, inFront, type Middleware } from './monitor.ts';

/** Only whoever is on this machine, or tunnels to it, comes to the debugger's own port. */
const HOST = '127.0.0.1';
const PAGE = '/debug';

/**
 * The live page and the debugger on a port of their own, `debug.webPort`. They are on the monitor too, so a port that is
 * taken is no reason not to start.
 * @returns what closes it
 */
export function openDebugPort(port: number, routes: readonly Middleware[], log: Log): () => Promise<void> {
  // Not import('node:http'): see worker/protocol-of.ts.
  const server = process.getBuiltinModule('node:http').createServer(inFront(routes, toThePage));
  const opened = listening(server, { port, host: HOST }).then(
    () => {
      const debugPort = addressOf(server).port;
      log.info(`debugger listens on ${HOST}:${debugPort}`, { debugPort });
    },
    (error: unknown) =>
      log.info(`debugger cannot listen on ${HOST}:${port} (debug.webPort); it is at ${PAGE} of the monitor`, {
        err: error,
      }),
  );
  return async () => {
    await opened;
    if (server.listening) await close(server);
  };
}

const toThePage: Handler = (req, res) => {
  if (req.url === '/') res.writeHead(302, { location: PAGE });
  else res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
  res.end(`The debugger is at ${PAGE}.\n`);
};
