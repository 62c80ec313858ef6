/** Troupe with the server that node:cluster by hand has: Express gets no requests that are born for it. */
import { createServer } from 'node:http';
import { listen } from '@troupe/runner';
import { app } from './app.ts';

const noWorkers = Number(process.env.WORKERS ?? 2);

void listen({ app, createServer, noWorkers, port: 0, monPort: 0 }).then(async ({ master }) => {
  if (!master) return;
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  const { sayPort } = await import('./say-port.ts');
  await sayPort();
});
