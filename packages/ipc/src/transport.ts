/**
 * What the bus is made of, for packages that speak a protocol of their own between processes of one machine: frames over
 * private sockets, and the codec of values.
 */
// With its index, the package is one file: every process of a cluster waits for each that it loads.
import './index.ts';

export { backoff } from './backoff.ts';
export { decode, encode } from './codec.ts';
export { IpcError, messageOf, toError } from './errors.ts';
export { encodeFrame, type Frame, HEADER_BYTES, writeFrameHeader } from './frame.ts';
export { FrameReader } from './frame-reader.ts';
export { isRecord } from './message.ts';
export { NameCache } from './name-cache.ts';
export { Outbox } from './outbox.ts';
export { ReconnectingSocket } from './reconnecting-socket.ts';
export { claimSocket } from './socket-path.ts';
