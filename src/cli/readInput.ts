import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { TributaryError } from '../contract/errors.ts';

/**
 * The text of a list file; `-` is standard input.
 * @throws TributaryError `list-unreadable`
 */
export async function readInput(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? plainReason(String(error.code)) : String(error);
    throw new TributaryError(
      'list-unreadable',
      { path: path === '-' ? 'on standard input' : path, reason },
      { cause: error },
    );
  }
}

function plainReason(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    default:
      return code;
  }
}
