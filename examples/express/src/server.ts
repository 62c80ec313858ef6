/** The example of the README: an Express application on every core, warmed up before it takes traffic. */
import { listen } from '@troupe/runner';
import express from 'express';

const app = express();

const cluster = listen({
  app,
  port: 9090,
  monPort: 9091,

  // Runs in each worker. Register routes and middleware here: Troupe's accounting stands in front of them.
  configureApp: app => {
    app.get('/', (_req, res) => {
      res.send(`Hello from worker ${process.pid}\n`);
    });
  },

  // Runs in each worker before it takes traffic. `address` is this worker's alone.
  warmUp: async (_app, address) => {
    await fetch(`http://127.0.0.1:${address.port}/`);
  },
});

// Both the master and the workers get here.
cluster.then(({ master, port }) => {
  if (master) console.log(`The cluster is up: http://localhost:9090/ serves, http://localhost:${port}/ecv says so.`);
});
