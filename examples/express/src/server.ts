import { listen } from '@troupe/runner';
import express from 'express';

listen({
  app: express(),

  // In each worker. Routes and middleware go here.
  configureApp: app => {
    app.get('/', (_req, res) => {
      res.send(`Hello from worker ${process.pid}\n`);
    });
  },

  // In each worker, before it takes traffic. The address is its own: no other worker gets these requests.
  warmUp: async (_app, { port }) => {
    await fetch(`http://127.0.0.1:${port}/`);
  },
}).then(({ master, port }) => {
  // The master and every worker get here, each when it is ready.
  if (master) console.log(`All workers are ready: http://localhost:${port}/ecv`);
});
