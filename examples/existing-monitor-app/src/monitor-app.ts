import { ecv } from '@troupe/ecv-middleware';
import express from 'express';

/** Somebody's monitor application, as it was before Troupe, with one line more. */
export function createMonitorApp(): express.Express {
  const app = express();
  app.get('/version', (_req, res) => {
    res.json({ node: process.version, pid: process.pid });
  });
  app.use(ecv({ root: '/health' })); // the line
  return app;
}
