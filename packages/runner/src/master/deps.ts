import type { Guard } from '@troupe/guard';
import type { Closers } from './closers.ts';
import type { Middleware } from './monitor.ts';

const ROOT = '/deps';

/** The dependency report, loaded when somebody first asks for it: a start has no time for it. */
export function createDependencyReport(guard: Guard, closers: Closers): Middleware {
  let report: Promise<Middleware> | undefined;
  const load = async (): Promise<Middleware> => {
    const { deps } = await import('@troupe/deps-middleware');
    const middleware = deps({ root: ROOT, guard });
    closers.add(() => middleware.close());
    return middleware;
  };
  return (req, res, next) => {
    if (!req.url?.startsWith(ROOT)) return next();
    report ??= load();
    report.then(middleware => middleware(req, res, next), next);
  };
}
