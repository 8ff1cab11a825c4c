import { fillTemplate } from '../../../src/contract/errors.ts';
import type { TaskSnapshot, TaskStatus } from '../../../src/contract/task.ts';
import type { Translate } from '../../../src/editor/translate.ts';

/** What the editor does with a text that it has no translation for. */
export const english: Translate = (message, args = {}) => fillTemplate(message, args);

type Active = TaskStatus & { state: 'active' };

export function activeStatus(over: Partial<Active> = {}): Active {
  return {
    state: 'active',
    phase: 'downloading',
    bytesPerSecond: 11_300_000,
    secondsLeft: 120,
    lanes: 8,
    waiting: null,
    ...over,
  };
}

/** A download of 200 MB of which 84 MB have arrived. */
export function sampleTask(over: Partial<TaskSnapshot> = {}): TaskSnapshot {
  return {
    id: 'aaaaaaaa',
    name: 'big.iso',
    folder: '/work',
    targetPath: '/work/big.iso',
    sizeBytes: 200_000_000,
    receivedBytes: 84_000_000,
    resumable: true,
    checksum: null,
    sources: [{ kind: 'http', address: 'https://example.org/big.iso', receivedBytes: 0, error: null }],
    limitBytesPerSecond: 0,
    addedBy: null,
    order: 1,
    createdAt: 1_000,
    status: { state: 'queued' },
    ...over,
  };
}
