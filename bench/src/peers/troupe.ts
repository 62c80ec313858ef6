/** The same application under Troupe, with all its monitoring on. */
import { listen } from '@troupe/runner';
import { app } from './app.ts';

void listen({ app, noWorkers: Number(process.env.WORKERS ?? 2), port: 0, monPort: 0 }).then(async ({ master }) => {
  if (!master) return;
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  // Only now: the start of bare.ts has no such file to load either.
  const { sayPort } = await import('./say-port.ts');
  await sayPort();
});
