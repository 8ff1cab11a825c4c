import { basename } from 'node:path';
import { ERRORS, type ErrorInfo } from '../contract/errors.ts';
import type { Translate } from './translate.ts';

/** Digits that tell two digests apart; the log has all of them. */
const DIGEST = /\b([0-9a-f]{12})[0-9a-f]{20,}\b/;

/** The sentence of an error in the user's language. */
export function errorText(error: ErrorInfo, t: Translate): string {
  return t(ERRORS[error.code].message, withoutWalls(error));
}

/** Of a checksum that is wrong: two digests and two paths are a wall. Both files lie where the download was to go. */
function withoutWalls({ code, args }: ErrorInfo): ErrorInfo['args'] {
  if (code !== 'checksum-mismatch') return args;
  const short = (value: string | number = '') => String(value).replace(DIGEST, '$1…');
  const name = (value: string | number = '') => basename(String(value));
  return {
    path: name(args.path),
    expected: short(args.expected),
    actual: short(args.actual),
    kept: name(args.kept),
  };
}

/** The same for one line of a view, of which a path would leave nothing to read: its last part stands for it. */
export function shortErrorText(error: ErrorInfo, t: Translate): string {
  const { path } = error.args;
  return errorText(typeof path === 'string' ? { ...error, args: { ...error.args, path: basename(path) } } : error, t);
}
