/** The status board of this process, and its methods as exports: `import { register } from '@troupe/ipc/status'`. */
// With its index, the package is one file: every process of a cluster waits for each that it loads.
import './index.ts';
import { sharedClient } from './shared.ts';
import { statusBoard } from './status-board.ts';

export { type StatusBoard, type StatusEntry, type StatusOptions, statusBoard } from './status-board.ts';
export type { Reduced, Reducer } from './status-reducers.ts';

export const status = statusBoard(sharedClient());
export const { register, unregister, statuses, getStatus, setStatus } = status;
export default status;
