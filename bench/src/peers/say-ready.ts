import { connect } from '@troupe/ipc';

/** Says that all workers are ready, and then where they listen. Of a cluster only the master says it. */
export async function sayReady({ master }: { master: unknown }): Promise<void> {
  if (!master) return;
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  const { address } = await connect().request('master', 'traffic.report', undefined);
  process.stdout.write(`${JSON.stringify({ port: address?.port })}\n`);
}
