/** The same application under Troupe, with all its monitoring on. */
import { connect } from '@troupe/ipc';
import { listen } from '@troupe/runner';
import { app } from './app.ts';

listen({ app, noWorkers: Number(process.env.WORKERS ?? 2), port: 0, monPort: 0 }).then(async ({ master }) => {
  if (!master) return;
  const { address } = await connect().request('master', 'traffic.report', undefined);
  process.stdout.write(`${JSON.stringify({ ready: address?.port })}\n`);
});
