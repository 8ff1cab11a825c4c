import { existsSync } from 'node:fs';

/** Whether the program that runs is still where it was started from: not after its extension was uninstalled. */
export function isInstalled(): boolean {
  return existsSync(import.meta.filename);
}
