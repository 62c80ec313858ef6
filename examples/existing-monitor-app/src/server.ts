/** The monitor application in the master: Troupe serves it on `monPort`. */
import type { RequestListener } from 'node:http';
import { listen } from '@troupe/runner';
import { createMonitorApp } from './monitor-app.ts';

const app: RequestListener = (_req, res) => {
  res.end(`Hello from worker ${process.pid}\n`);
};

listen({
  app,
  monApp: createMonitorApp(),
  ecv: false, // the monitor application has mounted them itself
  debug: false,
}).then(({ master, port }) => {
  if (master) console.log(`All workers are ready: http://localhost:${port}/health`);
});
