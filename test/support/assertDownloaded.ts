import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import type { TaskSnapshot } from '../../src/contract/task.ts';
import type { Content } from './content.ts';
import { sha256OfFile } from './sha256OfFile.ts';

/** The file of a completed task is the server's, byte for byte, and nothing else of it is left over. */
export async function assertDownloaded(task: TaskSnapshot, content: Content): Promise<void> {
  assert.equal(task.status.state, 'completed');
  assert.equal(statSync(task.targetPath).size, content.sizeBytes);
  assert.equal(await sha256OfFile(task.targetPath), content.sha256);
  assert.deepEqual([task.receivedBytes, task.sizeBytes], [content.sizeBytes, content.sizeBytes]);
  assert.equal(existsSync(`${task.targetPath}.part`), false, 'the part file is gone');
  assert.equal(existsSync(`${task.targetPath}.part.json`), false, 'the resume record is gone');
}
