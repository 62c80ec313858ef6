import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Access, includes } from './access.ts';
import { pathOf } from './audit.ts';
import { defaultGuard } from './default-guard.ts';
import type { Guard } from './guard.ts';
import { refuse } from './refuse.ts';

export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Connect/Express middleware that lets through whoever has `access`, with an audit entry for operate and debug, and
 * answers everybody else with a sentence that says how to get in.
 * @param guard @default the process's default guard, at each request
 */
export function requires(access: Access, guard?: Guard): Middleware {
  return async (req, res, next) => {
    const judge = guard ?? defaultGuard();
    try {
      const decision = await judge.authorize(req, access);
      if (!decision.allowed) return refuse(req, res, decision);
      if (includes(access, 'operate')) judge.audit(req, `${req.method} ${pathOf(req)}`);
    } catch (error) {
      return next(error);
    }
    next();
  };
}
