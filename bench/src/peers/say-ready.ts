import { connect } from '@troupe/ipc';

/** Says where the application listens, as every peer does. Of a cluster only the master says it. */
export async function sayReady({ master }: { master: unknown }): Promise<void> {
  if (!master) return;
  const { address } = await connect().request('master', 'traffic.report', undefined);
  process.stdout.write(`${JSON.stringify({ ready: address?.port })}\n`);
}
