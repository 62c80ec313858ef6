import type {
  IncomingMessage as IncomingMessageOfNode,
  RequestListener,
  Server,
  ServerOptions,
  ServerResponse as ServerResponseOfNode,
} from 'node:http';

type Prototypes = { request: IncomingMessageOfNode; response: ServerResponseOfNode };

/** Node's HTTP server for an application that brings none: what `http.createServer(app)` does, for Express at less cost. */
export function createDefaultServer(app: RequestListener, node = process.versions.node): Server {
  // Not import('node:http'): see protocol-of.ts.
  const { createServer, IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');
  const prototypes = isSlowToChangePrototypes(node) && prototypesOf(app, IncomingMessage.prototype);
  if (!prototypes) return createServer(app);
  const messages: ServerOptions = {
    IncomingMessage: requestsOf(prototypes.request, IncomingMessage),
    ServerResponse: responsesOf(prototypes.response, ServerResponse),
  };
  const server = createServer(messages, app);
  keepUpgradesPlain(server, IncomingMessage.prototype);
  return server;
}

/**
 * Express sets the prototype of every request and response. Up to Node 22 V8 then finds nothing more of them in its
 * caches: an Express application that answers with a small JSON took 143 µs of CPU per request on Node 20, and 59 where
 * they have that prototype from birth. Later versions of V8 do not need it, and are slower with it.
 */
const isSlowToChangePrototypes = (node: string) => Number.parseInt(node, 10) < 24;

/** What an Express application makes the prototypes of its requests and responses; nothing for another kind of application. */
function prototypesOf(app: unknown, request: IncomingMessageOfNode): Prototypes | undefined {
  if (typeof app !== 'function' || !('request' in app) || !('response' in app)) return undefined;
  const isOurs = Object.prototype.isPrototypeOf.call(request, Object(app.request));
  return isOurs ? (app as unknown as Prototypes) : undefined;
}

type Init = (this: object, ...given: unknown[]) => void;

// Node's message classes are functions, so others can do the same for objects of another prototype. Debuggers and heap
// snapshots show the names of the functions.

function requestsOf(prototype: object, base: typeof IncomingMessageOfNode): typeof IncomingMessageOfNode {
  const init = base as unknown as Init;
  function IncomingMessage(this: object, ...given: unknown[]): void {
    init.apply(this, given);
  }
  IncomingMessage.prototype = prototype;
  return IncomingMessage as unknown as typeof base;
}

function responsesOf(prototype: object, base: typeof ServerResponseOfNode): typeof ServerResponseOfNode {
  const init = base as unknown as Init;
  function ServerResponse(this: object, ...given: unknown[]): void {
    init.apply(this, given);
  }
  ServerResponse.prototype = prototype;
  return ServerResponse as unknown as typeof base;
}

/** Express never sees requests to upgrade. Whoever does gets what Node gives: Express's `query`, for one, cannot be set. */
function keepUpgradesPlain(server: Server, prototype: IncomingMessageOfNode): void {
  const restore = (req: IncomingMessageOfNode) => {
    Object.setPrototypeOf(req, prototype);
  };
  const waiting = new Set(['upgrade', 'connect']);
  // Where nobody listens this must not either, or requests to upgrade would no longer reach the application as requests.
  server.on('newListener', event => {
    if (waiting.delete(String(event))) server.prependListener(event, restore);
  });
}
