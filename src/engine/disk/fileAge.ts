import { stat } from 'node:fs/promises';

/** Milliseconds since the file was last written; 0 when it is not there. */
export async function fileAge(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}
