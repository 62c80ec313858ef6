/** Troupe with the server that node:cluster by hand has: Express gets no requests that are born for it. */
import { createServer } from 'node:http';
import { listen } from '@troupe/runner';
import { app } from './app.ts';
import { sayReady } from './say-ready.ts';

void listen({ app, createServer, noWorkers: Number(process.env.WORKERS ?? 2), port: 0, monPort: 0 }).then(sayReady);
