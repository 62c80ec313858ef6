import { connect } from '@troupe/ipc';

/** Says where the workers of this master listen. */
export async function sayPort(): Promise<void> {
  const { address } = await connect().request('master', 'traffic.report', undefined);
  process.stdout.write(`${JSON.stringify({ port: address?.port })}\n`);
}
