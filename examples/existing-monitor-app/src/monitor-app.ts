import { debug } from '@troupe/debug-middleware';
import { deps } from '@troupe/deps-middleware';
import { ecv } from '@troupe/ecv-middleware';
import express from 'express';

/** Somebody's monitor application, as it was before Troupe, with three lines more. */
export function createMonitorApp(): express.Express {
  const app = express();
  app.get('/version', (_req, res) => {
    res.json({ node: process.version, pid: process.pid });
  });
  app.use(ecv({ root: '/health' })); // the lines
  app.use(deps({ root: '/packages' }));
  app.use('/cluster', debug());
  return app;
}
