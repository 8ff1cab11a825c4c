import type { TaskSnapshot, TaskStatus } from '../../../src/contract/task.ts';

/** A snapshot as the engine sends it, with what a test cares about changed. */
export function sampleTask(changes: Partial<TaskSnapshot> = {}): TaskSnapshot {
  return {
    id: 'abcd1234',
    name: 'big.iso',
    folder: '/data',
    targetPath: '/data/big.iso',
    sizeBytes: 200_000_000,
    receivedBytes: 84_000_000,
    resumable: true,
    checksum: null,
    sources: [{ kind: 'http', address: 'https://example.org/big.iso', receivedBytes: 0, error: null }],
    limitBytesPerSecond: 0,
    addedBy: null,
    order: 1,
    createdAt: 0,
    status: active(),
    ...changes,
  };
}

export function active(changes: Partial<Extract<TaskStatus, { state: 'active' }>> = {}): TaskStatus {
  return {
    state: 'active',
    phase: 'downloading',
    bytesPerSecond: 11_300_000,
    secondsLeft: 11,
    lanes: 8,
    waiting: null,
    ...changes,
  };
}
