import type { TaskRecord } from '../../../../src/engine/tasks/taskRecord.ts';

/** The record of a queued download, with changes. */
export function sampleRecord(changes: Partial<TaskRecord> = {}): TaskRecord {
  return {
    version: 1,
    id: 'abcd1234',
    address: 'https://example.com/a.zip',
    display: 'https://example.com/a.zip',
    needsSecrets: false,
    mirrors: [],
    metalinkFile: null,
    addedBy: null,
    folder: '/downloads',
    fileName: null,
    targetName: null,
    guessedName: 'a.zip',
    checksum: null,
    offeredChecksum: null,
    findChecksum: null,
    limitBytesPerSecond: 0,
    exists: 'rename',
    order: 1,
    createdAt: 1,
    sizeBytes: null,
    receivedBytes: 0,
    resumable: null,
    status: { state: 'queued' },
    ...changes,
  };
}
