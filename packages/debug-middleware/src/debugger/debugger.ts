import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Admission, type Guard, refuse } from '@troupe/guard';
import type { Address, DebugLease } from '@troupe/ipc';
import { WebSocketServer } from 'ws';
import { messageOf } from '../errors.ts';
import type { File } from '../files.ts';
import { MAX_MESSAGE } from '../inspector/messages.ts';
import type { Bus } from '../options.ts';
import { say, serve } from '../serve.ts';
import { responseOn } from '../upgrades.ts';
import { carryOut } from './acts.ts';
import { Bridge } from './bridge.ts';
import { ACCESS_FOR, isCapability } from './capabilities.ts';
import { findLease } from './find-lease.ts';
import { serveFrontend } from './frontend.ts';
import { ACCESS_TO_MEASURE } from './measure.ts';
import { Measurements } from './measurements.ts';
import { passOn } from './private-request.ts';
import { recheck } from './recheck.ts';
import { Reporter } from './reporter.ts';
import { type DebuggerRoute, findDebuggerRoute } from './routes.ts';
import { SessionFeed } from './session-feed.ts';
import { readSourceMap } from './source-map.ts';

export interface DebuggerOptions {
  bus: Bus;
  guard: () => Guard;
  /** The page's files. */
  files: ReadonlyMap<string, File>;
  saveLiveEdit: boolean;
}

/** The debugger of any worker of the cluster, below the live page's path: its pages, DevTools, and the way to the worker. */
export class Debugger {
  readonly #options: DebuggerOptions;
  readonly #webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE });
  readonly #reporters = new Map<number, Reporter>();
  readonly #feed: SessionFeed;
  readonly #measurements: Measurements;
  readonly #unsubscribe: () => void;

  constructor(options: DebuggerOptions) {
    this.#options = options;
    this.#feed = new SessionFeed(options.bus);
    this.#measurements = new Measurements(options.bus);
    this.#unsubscribe = options.bus.onEvent('debug-leases', ([leases]) => {
      for (const reporter of this.#reporters.values()) reporter.heed(leases as DebugLease[]);
    });
  }

  async answer(route: DebuggerRoute, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const guard = this.#options.guard();
    const needed = route.to === 'measure' ? ACCESS_TO_MEASURE[route.what] : 'debug';
    const decision = await guard.authorize(req, needed);
    if (!decision.allowed) return refuse(req, res, decision);
    switch (route.to) {
      case 'measure':
        if (req.method !== 'POST') return say(res, 405, 'Use POST.', { allow: 'POST' });
        guard.audit(req, `debug measure ${route.what} ${route.pid}`);
        return this.#measurements.take(route, queryOf(req), decision.who, res);
      case 'request':
        guard.audit(req, `debug request ${route.pid}`, { path: route.path });
        return this.#passOn(route, req, res);
      case 'socket':
        // It came before the server was listened to; from now on it is.
        return say(res, 503, 'Try again.', { 'retry-after': '1', connection: 'close' });
      case 'act':
      case 'fresh': {
        if (req.method !== 'POST') return say(res, 405, 'Use POST.', { allow: 'POST' });
        const what = route.to === 'fresh' ? 'fresh' : `${route.act} ${route.pid}`;
        guard.audit(req, `debug ${what}`, Object.fromEntries(queryOf(req)));
        return this.#act(route, req, res, decision);
      }
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') return say(res, 405, 'Use GET or HEAD.', { allow: 'GET, HEAD' });
    if (route.to === 'devtools') return serveFrontend(req, res, route.file);
    if (route.to === 'map') return this.#map(route.pid, req, res);
    if (route.to === 'events') return this.#feed.add(res, route.pid);
    const page = this.#options.files.get('session.html');
    if (page) serve(req, res, page, { frames: true });
  }

  /** A DevTools wants to be connected: ours, or one on the developer's own machine. */
  async upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, below: string): Promise<void> {
    const route = findDebuggerRoute(below);
    const res = () => responseOn(socket, req);
    if (route?.to !== 'socket') return say(res(), 404, 'There is no debugger here.');
    const capability = queryOf(req).get('may') ?? 'debug';
    if (!isCapability(capability)) return say(res(), 400, '?may= is profile, logpoint or debug.');
    const guard = this.#options.guard();
    const decision = await guard.authorize(req, ACCESS_FOR[capability]);
    if (!decision.allowed) return refuse(req, res(), decision);
    if (capability === 'view') return say(res(), 403, 'A session that may only view may send nothing: there is none.');
    const lease = await findLease(this.#options.bus, route.pid);
    if (!lease) return say(res(), 409, `Nobody debugs worker ${route.pid}; begin on its page first.`);
    this.#webSockets.handleUpgrade(req, socket, head, webSocket => {
      const audit = (action: string, details?: Record<string, unknown>) =>
        guard.audit(req, action, { worker: route.pid, ...details });
      audit('debug attach', { may: capability });
      const maps = { root: lease.root, url: (file: string) => mapUrl(req, file) };
      const bridge = new Bridge({
        webSocket,
        agent: lease.agent,
        capability,
        reporter: this.#reporter(route.pid),
        maps,
        aside: lease.aside,
        saveLiveEdit: this.#options.saveLiveEdit,
        say: notice => this.#feed.say(route.pid, notice),
        audit,
      });
      webSocket.once(
        'close',
        recheck(guard, req, ACCESS_FOR[capability], why => bridge.end(why)),
      );
    });
  }

  close(): void {
    this.#unsubscribe();
    this.#feed.close();
    for (const webSocket of this.#webSockets.clients) webSocket.terminate();
    this.#webSockets.close();
  }

  async #act(
    route: Extract<DebuggerRoute, { to: 'act' | 'fresh' }>,
    req: IncomingMessage,
    res: ServerResponse,
    { who }: Admission,
  ): Promise<void> {
    const by = [who, req.socket.remoteAddress?.replace(/^::ffff:/, '')].filter(Boolean).join(' ');
    try {
      const pid = await carryOut(route, queryOf(req), by, this.#options.bus);
      answerJson(res, 200, { pid });
    } catch (problem) {
      const code = problem instanceof Error && 'code' in problem ? problem.code : undefined;
      answerJson(res, 409, { error: { code, message: messageOf(problem) } });
    }
  }

  async #passOn(
    { pid, path }: { pid: number; path: string },
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    const lease = await findLease(this.#options.bus, pid);
    if (!lease) return say(res, 409, `Nobody debugs worker ${pid}; begin on its page first.`);
    const { address } = await this.#options.bus.request('master', 'traffic.report', undefined);
    const query = (req.url ?? '').split('?').slice(1);
    this.#reporter(pid).noteActivity();
    passOn(req, res, {
      door: lease.door,
      path: [path, ...query].join('?'),
      host: hostOf(address),
      secure: address?.protocol === 'https' || address?.protocol === 'https2',
    });
  }

  async #map(pid: number, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const file = queryOf(req).get('file');
    const lease = await findLease(this.#options.bus, pid);
    try {
      const map = file && lease ? await readSourceMap(file, lease.root) : undefined;
      if (map) return answerJson(res, 200, map);
    } catch (problem) {
      return say(res, 500, `The source map is there, but cannot be read: ${messageOf(problem)}`);
    }
    say(res, 404, 'There is no such source map in the application.');
  }

  #reporter(pid: number): Reporter {
    for (const [other, { sessions }] of this.#reporters)
      if (sessions === 0 && other !== pid) this.#reporters.delete(other);
    const reporter = this.#reporters.get(pid) ?? new Reporter(this.#options.bus, pid);
    this.#reporters.set(pid, reporter);
    return reporter;
  }
}

/** Beside the socket of this upgrade, as the browser that asked for it sees it. */
function mapUrl(req: IncomingMessage, file: string): string {
  const secure = 'encrypted' in req.socket && req.socket.encrypted === true;
  const origin = req.headers.origin ?? `${secure ? 'https' : 'http'}://${req.headers.host}`;
  const path = (req.url ?? '').replace(/socket(\?.*)?$/, 'map');
  return `${origin}${path}?file=${encodeURIComponent(file)}`;
}

/** As a client of the public address would say it. */
const hostOf = (address: Address | undefined): string =>
  address?.port === undefined ? 'localhost' : `localhost:${address.port}`;

const queryOf = (req: IncomingMessage): URLSearchParams => new URLSearchParams((req.url ?? '').split('?')[1] ?? '');

function answerJson(res: ServerResponse, status: number, value: object): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(value));
}
