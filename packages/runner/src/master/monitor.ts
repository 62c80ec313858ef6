import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { RunnerError } from '../errors.ts';
import type { Settings } from '../options/settle.ts';
import { addressOf, listening } from '../worker/listening.ts';
import { explainAddress } from './preflight.ts';

/** What every middleware of Troupe is. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;
export type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** The monitor application, served. */
export interface Monitor {
  app: unknown;
  server: Server;
  port: number | string | undefined;
  close(): Promise<void>;
}

/** The application that `monConfigureApp` returns, or the one it was given. */
export async function configureMonitor(settings: Settings): Promise<unknown> {
  const monApp = settings.monApp ?? (settings.monConfigureApp ? (await import('express')).default() : nothingElse);
  return (await settings.monConfigureApp?.(monApp as never)) ?? monApp;
}

/**
 * Serves the monitor application behind Troupe's own routes. They stand in front of it rather than in it, so that a
 * catch-all of the user's cannot hide them, and any `(req, res)` handler will do.
 */
export async function serveMonitor(settings: Settings, app: unknown, routes: readonly Middleware[]): Promise<Monitor> {
  const createServer = settings.monCreateServer ?? process.getBuiltinModule('node:http').createServer;
  const server = (createServer as (handler: Handler) => Server)(inFront(routes, app as Handler));
  if (typeof server?.listen !== 'function') {
    throw new RunnerError(
      'TROUPE_ERR_NOT_A_SERVER',
      `monCreateServer(app) returned ${typeof server}; it has to return an http or https server`,
    );
  }
  const { monPort: port, monHost: host } = settings;
  try {
    await listening(server, host === undefined ? { port } : { port, host });
  } catch (error) {
    throw await explainAddress(error, 'monPort', { port, host });
  }
  const address = addressOf(server);
  return { app, server, port: address.port, close: () => close(server) };
}

/** Where nobody configures anything, there is nothing behind Troupe's routes; Express would take 80 ms of each start. */
const nothingElse: Handler = (_req, res) => {
  res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
  res.end('There is nothing here.\n');
};

/** Routes first, then the application. */
export function inFront(routes: readonly Middleware[], app: Handler): Handler {
  return (req, res) => {
    const next = (index: number): void => {
      const route = routes[index];
      if (!route) return app(req, res);
      route(req, res, error => {
        if (error === undefined) return next(index + 1);
        process.emitWarning(error instanceof Error ? error : String(error));
        res.statusCode = 500;
        res.end('The monitor failed to answer; its log says why.\n');
      });
    };
    next(0);
  };
}

/** Ends the listener, and whoever is connected. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
