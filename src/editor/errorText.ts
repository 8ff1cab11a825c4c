import { basename } from 'node:path';
import { ERRORS, type ErrorInfo } from '../contract/errors.ts';
import type { Translate } from './translate.ts';

/** The sentence of an error in the user's language. */
export function errorText(error: ErrorInfo, t: Translate): string {
  return t(ERRORS[error.code].message, error.args);
}

/** The same for one line of a view, of which a path would leave nothing to read: its last part stands for it. */
export function shortErrorText(error: ErrorInfo, t: Translate): string {
  const { path } = error.args;
  return errorText(typeof path === 'string' ? { ...error, args: { ...error.args, path: basename(path) } } : error, t);
}
