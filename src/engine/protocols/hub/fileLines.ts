import { MAX_LINE_BYTES } from './hubLines.ts';
import type { HubFileRecord, HubMessage } from './hubMessages.ts';
import { lineOf } from './hubMessages.ts';

/**
 * WELCOME. A line has 64 KiB at most, which is some two hundred files: the newest ones. The older ones follow as
 * FILE_AVAILABLE, which every client understands, and nobody hears of a file twice.
 */
export function welcomeLines(uid: string, files: readonly HubFileRecord[]): string[] {
  const [newest = [], ...others] = inLines({ type: 'WELCOME', uid, files: [] }, files.toReversed());
  return [
    lineOf({ type: 'WELCOME', uid, files: newest.toReversed() }),
    ...others.flat().map((file) => lineOf({ type: 'FILE_AVAILABLE', ...file })),
  ];
}

/** The answer to FILE_LIST: as many lines as it takes. */
export function listLines(files: readonly HubFileRecord[]): string[] {
  return inLines({ type: 'FILE_LIST', files: [] }, files).map((part) => lineOf({ type: 'FILE_LIST', files: part }));
}

/** Cuts the files into parts that fit into a line each; at least one, which may be empty. */
function inLines(empty: HubMessage, files: readonly HubFileRecord[]): HubFileRecord[][] {
  const roomBytes = MAX_LINE_BYTES - Buffer.byteLength(JSON.stringify(empty));
  const parts: HubFileRecord[][] = [[]];
  let used = 0;
  for (const file of files) {
    const bytes = Buffer.byteLength(JSON.stringify(file)) + 1;
    if (used + bytes > roomBytes) {
      parts.push([]);
      used = 0;
    }
    parts.at(-1)?.push(file);
    used += bytes;
  }
  return parts;
}
