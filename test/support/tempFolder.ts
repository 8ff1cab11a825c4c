import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from './scope.ts';

/** A new empty folder, deleted with the scope. */
export function tempFolder(scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-test-'));
  scope.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
