import { type AuditEntry, configureDefaultGuard, defaultGuard, type Guard } from '@troupe/guard';
import type { Client } from '@troupe/ipc';
import { metrics } from '@troupe/metrics-middleware';
import type { Log } from '../log/log.ts';
import type { Settings } from '../options/settle.ts';
import type { Closers } from './closers.ts';
import { openDebugPort } from './debug-port.ts';
import { createDependencyReport } from './deps.ts';
import { indexPage } from './index-page.ts';
import { hasLivePage, LivePage } from './live-page.ts';
import type { Middleware } from './monitor.ts';
import { createProbe } from './probe.ts';

/** What Troupe itself serves on the monitor. */
export interface Routes {
  /** In this order. */
  middlewares: readonly Middleware[];
  page: LivePage;
}

export async function createRoutes(settings: Settings, client: Client, log: Log, closers: Closers): Promise<Routes> {
  const guard = configureGuard(settings, log);
  const routes: Middleware[] = [];
  const login: Middleware = (req, res, next) => (guard.handle ? guard.handle(req, res, next) : next());
  routes.push(login);
  const probe = await createProbe(settings, client, guard);
  if (probe) {
    closers.add(() => probe.close());
    routes.push(probe);
  }
  if (settings.metrics) routes.push(metrics({ ...settings.metrics, client, guard }));
  const page = new LivePage(settings, client, guard);
  closers.add(() => page.close());
  routes.push(page.middleware);
  if (settings.debug && hasLivePage(settings))
    closers.add(openDebugPort(settings.debug.webPort, [login, page.middleware], log));
  routes.push(createDependencyReport(guard, closers));
  // Whoever has a monitor app of his own has a front page, too.
  if (!settings.monApp && !settings.monConfigureApp) routes.push(indexPage(settings, client, guard));
  return { middlewares: routes, page };
}

/** Every middleware of this process that is given no guard uses this one too. */
function configureGuard(settings: Settings, log: Log): Guard {
  const { guard, monToken, monTrustLoopback, monAllowedHosts, monHost } = settings;
  configureDefaultGuard(
    guard ?? {
      token: monToken,
      trustLoopback: monTrustLoopback,
      allowedHosts: monAllowedHosts,
      addresses: () => (monHost === undefined ? [] : [monHost]),
      audit: (entry: AuditEntry) => log.info(`audit: ${entry.who} ${entry.action}`, { audit: entry }),
    },
  );
  return defaultGuard();
}
