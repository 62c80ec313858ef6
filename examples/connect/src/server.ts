import type { ServerResponse } from 'node:http';
import { listen } from '@troupe/runner';
import connect from 'connect';

/** Stands for whatever takes a while at the start: a template to compile, a connection to open, a cache to fill. */
let greeting: string | undefined;

function greet(res: ServerResponse): void {
  greeting ??= `Hello from worker ${process.pid}\n`;
  res.end(greeting);
}

listen({
  app: connect(),

  configureApp: app => app.use('/', (_req, res) => greet(res)),

  warmUp: async (_app, { port }) => {
    await fetch(`http://127.0.0.1:${port}/`);
  },

  // In each worker that leaves: close what you opened.
  shutDown: () => {
    greeting = undefined;
  },
}).then(({ master, port }) => {
  if (master) console.log(`All workers are ready: http://localhost:${port}/ecv`);
});
