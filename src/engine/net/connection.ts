import type { ByteSink } from '../../kit/byteSink.ts';
import type { AddressBook } from './addressBook.ts';
import type { HttpTimeouts } from './httpLimits.ts';
import type { BodyEnd, HeaderValues } from './httpResponse.ts';
import type { Route } from './route.ts';

export interface ConnectionInit {
  readonly route: Route;
  readonly addresses: AddressBook;
  readonly timeouts: HttpTimeouts;
}

/** A GET. */
export interface HttpRequest {
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface AnswerHead {
  readonly status: number;
  readonly headers: HeaderValues;
}

/** One connection of any version of HTTP. It carries one request at a time, whose body is read to its end before the next. */
export interface Connection {
  /** True when it can take another request: open, nothing under way, and the server keeps it. */
  readonly isIdle: boolean;
  /** Requests it has carried: a server may close a used connection in the very moment it is used again. */
  readonly requests: number;
  /** Leaves it open for a while, in case there is another request soon. */
  keep(): void;
  /** Lets the request under way end, but takes no other one. */
  retire(): void;
  /**
   * Sends a request and waits for the head of the answer.
   * @throws TributaryError of the network, or Node's error when an open connection fails
   */
  request(request: HttpRequest, options: { signal: AbortSignal }): Promise<AnswerHead>;
  /** Fills the sink with the next bytes of the body. @throws Node's error, disk errors, TributaryError of the network */
  readInto(sink: ByteSink, options: { signal: AbortSignal }): Promise<BodyEnd>;
  /**
   * Calls back when the body is received to its end and nobody reads it any more, at once when that is so. This
   * may be later than the last byte was read: only what comes behind it shows that it was the last.
   */
  whenBodyRead(listener: () => void): void;
  /** Closes it; whatever waits for it fails with that error. */
  destroy(error: Error): void;
}
