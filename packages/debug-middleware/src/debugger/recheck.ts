import type { IncomingMessage } from 'node:http';
import type { Access, Guard } from '@troupe/guard';
import { messageOf } from '../errors.ts';

/** How often it is asked whether a visitor may still be here, ms. */
const PERIOD = 30_000;
/** Too many wrong tokens have come from his address: that says nothing of him. */
const TOO_MANY = 429;

/**
 * Asks again and again whether whoever has sent a request may still do what he does: he may have logged out, and a
 * connection lasts.
 * @param lost told why, once, when he may not any more
 * @returns what ends it
 */
export function recheck(guard: Guard, req: IncomingMessage, needed: Access, lost: (why: string) => void): () => void {
  const timer = setInterval(async () => {
    const why = await refused(guard, req, needed);
    if (why === undefined) return;
    clearInterval(timer);
    lost(why);
  }, PERIOD).unref();
  return () => clearInterval(timer);
}

async function refused(guard: Guard, req: IncomingMessage, needed: Access): Promise<string | undefined> {
  try {
    // The guard remembers whom a request is from; this one is judged anew.
    const decision = await guard.authorize(Object.create(req) as IncomingMessage, needed);
    return decision.allowed || decision.status === TOO_MANY ? undefined : decision.message;
  } catch (problem) {
    // A guard that throws lets nobody in.
    return messageOf(problem);
  }
}
