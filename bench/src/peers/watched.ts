/** A cluster of 16 workers with a monitor; says where that is. */
import { listen } from '@troupe/runner';

const HEARTBEAT = Number(process.env.HEARTBEAT ?? 5_000);

const { master, port } = await listen({
  app: (_req: unknown, res: { end(text: string): void }) => res.end('hello'),
  noWorkers: 16,
  port: 0,
  monPort: 0,
  heartbeatInterval: HEARTBEAT,
  logger: { debug() {}, info() {}, warn: console.error, error: console.error },
});
if (master) console.log(JSON.stringify({ ready: true, port }));
