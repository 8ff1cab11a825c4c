import { ERRORS, type ErrorInfo } from '../contract/errors.ts';
import type { Translate } from './translate.ts';

/** The sentence of an error in the user's language. */
export function errorText(error: ErrorInfo, t: Translate): string {
  return t(ERRORS[error.code].message, error.args);
}
