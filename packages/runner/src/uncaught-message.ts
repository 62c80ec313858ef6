/**
 * What a worker says when it dies of an error. It goes by the channel of `cluster.fork`, which is written at once: what
 * the bus still has to send dies with the process. A `cmd` that begins with NODE_ does not reach the application.
 */
export const UNCAUGHT = 'NODE_TROUPE_UNCAUGHT';

export interface UncaughtMessage {
  cmd: typeof UNCAUGHT;
  message: string;
  stack: string | undefined;
}

export const isUncaught = (message: unknown): message is UncaughtMessage =>
  typeof message === 'object' && message !== null && 'cmd' in message && message.cmd === UNCAUGHT;
