import type { IncomingMessage, ServerResponse } from 'node:http';
import { defaultGuard, type Guard, type Middleware, refuse } from '@troupe/guard';
import { Agent } from './agent.ts';
import { messageOf } from './errors.ts';
import { type EcvOptions, type Settings, withDefaults } from './options.ts';
import { plainAddress } from './plain-address.ts';
import { Probe } from './probe.ts';
import { respond, say } from './respond.ts';
import { methodsOf, type Route, Routes } from './routes.ts';
import type { Mark } from './traffic.ts';

export interface EcvMiddleware extends Middleware {
  /** HAProxy's agent, when there is an `agentPort`. */
  readonly agent: Agent | undefined;
  /** Frees the agent's port and ends what is being asked. */
  close(): Promise<void>;
}

/**
 * Traffic in, traffic out: the health check that load balancers poll, as Connect and Express middleware. Mount it in the
 * master, in any other process of the cluster, or in a process that belongs to none.
 * @throws TROUPE_ERR_ECV_OPTIONS
 */
export function ecv(options: EcvOptions = {}): EcvMiddleware {
  const settings = withDefaults(options);
  const report = (problem: Error) => process.emitWarning(problem);
  const routes = new Routes(settings);
  const probe = new Probe(settings, report);
  const agent =
    settings.agentPort === undefined ? undefined : new Agent(settings.agentPort, () => probe.verdict(), report);
  const middleware: Middleware = (req, res, next) => {
    const route = routes.find(req.url);
    if (route === undefined) next();
    else answer(route, req, res, probe, settings).catch(next);
  };
  const close = async () => {
    probe.close();
    await agent?.close();
  };
  return Object.assign(middleware, { agent, close });
}

/** cluster2's way to mount it: `enable(app, options)`. @returns the app */
export function enable<App extends { use(middleware: Middleware): unknown }>(app: App, options?: EcvOptions): App {
  app.use(ecv(options));
  return app;
}

async function answer(
  route: Route,
  req: IncomingMessage,
  res: ServerResponse,
  probe: Probe,
  settings: Settings,
): Promise<void> {
  const methods = methodsOf(route);
  if (!methods.includes(req.method ?? '')) {
    res.setHeader('allow', methods.join(', '));
    return say(req, res, 405, `Use ${methods.join(' or ')}.`);
  }
  const guard = settings.guard ?? defaultGuard();
  const { positive, negative } = settings;
  if (route === 'live') return say(req, res, 200, 'live');
  if (route === 'startup') {
    const started = await probe.started();
    return say(req, res, started ? 200 : 503, started ? 'started' : 'starting');
  }
  if (route === 'markUp' || route === 'markDown') {
    return mark(route === 'markUp' ? 'up' : 'down', req, res, probe, settings, guard);
  }
  const verdict = await probe.verdict(req);
  if (route === 'ready') return respond(req, res, { status: verdict.up ? 200 : 503, verdict, guard });
  return respond(req, res, {
    status: verdict.up ? 200 : 500,
    verdict,
    guard,
    answer: verdict.up ? positive : negative,
  });
}

/** Whatever else keeps the cluster down, markUp is answered with 200 and markDown with 500, as by cluster2. */
async function mark(
  to: Mark,
  req: IncomingMessage,
  res: ServerResponse,
  probe: Probe,
  { positive, negative }: Settings,
  guard: Guard,
): Promise<void> {
  const decision = await guard.authorize(req, 'operate');
  if (!decision.allowed) return refuse(req, res, decision);
  guard.audit(req, to === 'up' ? 'markUp' : 'markDown');
  try {
    const verdict = await probe.mark(
      to,
      `${decision.who} (${plainAddress(req.socket.remoteAddress ?? 'local socket')})`,
      req,
    );
    await respond(req, res, {
      status: to === 'up' ? 200 : 500,
      verdict,
      guard,
      answer: to === 'up' ? positive : negative,
    });
  } catch (error) {
    if (res.headersSent) throw error;
    say(req, res, 503, messageOf(error));
  }
}
