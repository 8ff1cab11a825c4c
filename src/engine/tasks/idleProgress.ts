import type { TransferProgress } from '../transfer/transfer.ts';

/** Of a task that transfers nothing now. */
export const IDLE_PROGRESS: TransferProgress = {
  receivedBytes: 0,
  given: new Map(),
  bytesPerSecond: 0,
  secondsLeft: null,
  lanes: 0,
  waiting: null,
};
