/** The peer: node:cluster as everybody writes it by hand. */
import cluster from 'node:cluster';
import { app } from './app.ts';

const WORKERS = Number(process.env.WORKERS ?? 2);

if (cluster.isPrimary) {
  let listening = 0;
  cluster.on('listening', (_worker, { port }) => {
    if (++listening === WORKERS) process.stdout.write(`${JSON.stringify({ ready: true, port })}\n`);
  });
  for (let n = 0; n < WORKERS; n++) cluster.fork();
} else {
  app.listen(0);
}
