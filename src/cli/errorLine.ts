import { describeError, ERRORS, type ErrorCode, type ErrorInfo } from '../contract/errors.ts';
import type { TaskSnapshot } from '../contract/task.ts';
import { withoutControls } from './textWidth.ts';

/** What to do about it on a command line, where the sentence of the catalogue does not say so already. */
const ADVICE: Partial<Readonly<Record<ErrorCode, string>>> = {
  'file-exists': 'Choose with --exists rename or --exists replace.',
  'auth-required': 'Give them with -H "Authorization: ..." or as https://user:password@host/.',
  'credentials-needed': '',
  'proxy-auth-required': 'Give them with --proxy http://user:password@host:port.',
  'proxy-failed': 'Check --proxy, HTTPS_PROXY and HTTP_PROXY.',
  'file-changed': 'Delete the .part file to begin anew.',
  'engine-not-running': 'Start a download first.',
  'unknown-task': 'See tributary list.',
};

export interface ErrorContext {
  /** Address or name that the error is about, safe to show. */
  readonly subject?: string | undefined;
  /** Bytes that the next run need not fetch again. @default 0 */
  readonly keptBytes?: number;
}

/** A failure as one line: what it is about, what went wrong, what to do. */
export function errorLine(info: ErrorInfo, context: ErrorContext = {}): string {
  const parts = [describeError(info), adviceFor(info.code, context.keptBytes ?? 0)];
  const text = parts.filter((part) => part !== '').join(' ');
  const subject = context.subject === undefined || context.subject === '' ? '' : `${context.subject}: `;
  // Reasons come from libraries and servers, and may have line breaks of their own.
  return withoutControls(`tributary: ${subject}${text}`.replace(/\s*[\r\n]+\s*/g, ' '));
}

/** How a download failed, as one line. @param task null: the engine did not take it. @param address safe to show */
export function failureLine(info: ErrorInfo, address: string, task: TaskSnapshot | null): string {
  const keptBytes = task === null || task.resumable === false ? 0 : task.receivedBytes;
  return errorLine(info, { subject: address, keptBytes });
}

/** A warning as one line, told apart from errors by its second word. */
export function warningLine(message: string): string {
  return withoutControls(`tributary: warning: ${message.replace(/\s*[\r\n]+\s*/g, ' ')}`);
}

function adviceFor(code: ErrorCode, keptBytes: number): string {
  const known = ADVICE[code];
  if (known !== undefined) return known;
  const { transient, category } = ERRORS[code];
  if (keptBytes > 0 && (transient || category === 'disk')) return 'Run the same command again to resume.';
  return transient && category === 'network' ? 'Try again later.' : '';
}
