/** The same application under Troupe, with all its monitoring on. */
import { listen } from '@troupe/runner';
import { app } from './app.ts';
import { sayReady } from './say-ready.ts';

void listen({ app, noWorkers: Number(process.env.WORKERS ?? 2), port: 0, monPort: 0 }).then(sayReady);
