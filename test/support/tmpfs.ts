import { execFileSync } from 'node:child_process';
import type { Scope } from './scope.ts';
import { tempFolder } from './tempFolder.ts';

/** Why `mountTmpfs` cannot be used here; null when it can. Tests that skip state this reason. */
export function whyNoTmpfs(): string | null {
  if (process.platform !== 'linux') return 'a tmpfs can only be mounted on Linux';
  if (process.getuid?.() !== 0) return 'mounting a tmpfs needs root';
  return null;
}

/** A file system of its own with room for `sizeBytes`; unmounted with the scope. Needs root (see `whyNoTmpfs`). */
export function mountTmpfs(scope: Scope, sizeBytes: number): { folder: string; makeReadOnly(): void } {
  const folder = tempFolder(scope);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tributary-test', folder]);
  // Lazy, since an engine that failed to close a file must not leave the mount behind.
  scope.defer(() => execFileSync('umount', ['-l', folder]));
  return { folder, makeReadOnly: () => execFileSync('mount', ['-o', 'remount,ro', folder]) };
}
