import type { IncomingHttpHeaders } from 'node:http';
import { waitFor } from '../waitFor.ts';

/** Half-open; `end` is null for `bytes=N-`. */
export interface AskedRange {
  readonly start: number;
  readonly end: number | null;
}

/** One request as the server saw it; its mutable fields grow while it is answered. */
export interface LoggedRequest {
  /** Time of arrival on the monotonic clock. */
  readonly atMs: number;
  /** From 1, in order of arrival. */
  readonly number: number;
  readonly method: string;
  /** The request target as it stood in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly range: AskedRange | null;
  /** From 1; the same number means the same connection. */
  readonly connection: number;
  status: number | null;
  /** Body bytes that were handed to the kernel. */
  bytesSent: number;
  /** The answer is complete, or its connection gone. */
  ended: boolean;
}

/** What a server saw. Tests assert on it: what was asked again, who was told a secret, whether traffic stopped. */
export class RequestLog {
  readonly requests: LoggedRequest[] = [];
  openConnections = 0;
  totalConnections = 0;

  get bytesSent(): number {
    return this.requests.reduce((sum, request) => sum + request.bytesSent, 0);
  }

  get running(): readonly LoggedRequest[] {
    return this.requests.filter((request) => !request.ended);
  }

  /** Requests whose path is `path`, whatever their query. */
  to(path: string): readonly LoggedRequest[] {
    return this.requests.filter((request) => request.target.split('?', 1)[0] === path);
  }

  /** Everything that any client told this server, for "the secret is not in it". */
  everythingTold(): string {
    return this.requests.map((request) => `${request.target}\n${JSON.stringify(request.headers)}`).join('\n');
  }

  /** No request runs and no connection is open. */
  async quiet(): Promise<void> {
    await waitFor('the server to have no open connection', () => this.openConnections === 0);
  }
}

/** Only the single-range form that download managers use; anything else counts as no range, as RFC 9110 §14.2 allows. */
export function parseRange(header: string | undefined): AskedRange | null {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return null;
  return { start: Number(match[1]), end: match[2] === '' ? null : Number(match[2]) + 1 };
}
