import type { Dispatcher } from 'undici';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { type ByteSink, fillFrom } from '../../kit/byteSink.ts';
import { deferred } from '../../kit/deferred.ts';
import type { BodyEnd, HeaderValues } from './httpResponse.ts';

export interface ReceivedHead {
  readonly status: number;
  readonly headers: HeaderValues;
}

type Outcome = { readonly ended: true } | { readonly ended: false; readonly error: unknown };

interface Read {
  readonly sink: ByteSink;
  readonly signal: AbortSignal;
  resolve(end: BodyEnd): void;
  reject(error: unknown): void;
}

/**
 * Turns undici's callbacks into "wait for the head, then fill this sink, then that one". Between two sinks the
 * connection is paused as soon as more bytes come, so a neighbouring range can go on in the same response without a new request.
 */
export class ResponseReader implements Dispatcher.DispatchHandler {
  readonly head: Promise<ReceivedHead>;
  /** Resolves when the answer came to its end, failed or was cancelled. */
  readonly ended: Promise<void>;
  readonly #resolveEnded: () => void;
  readonly #resolveHead: (head: ReceivedHead) => void;
  readonly #rejectHead: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #read: Read | null = null;
  /** Received while no sink took it; undici never reuses this memory. */
  #rest: Uint8Array = new Uint8Array(0);
  #outcome: Outcome | null = null;
  #cancelled: { reason: unknown } | null = null;
  readonly #idleMs: number;
  #idleTimer: NodeJS.Timeout | undefined;

  /** @param init.idleMs how long a read may get nothing; pauses for the sink do not count */
  constructor(init: { idleMs: number }) {
    this.#idleMs = init.idleMs;
    const ended = deferred<void>();
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
    const { promise, resolve, reject } = deferred<ReceivedHead>();
    this.head = promise;
    this.#resolveHead = resolve;
    this.#rejectHead = reject;
  }

  /** Drops the connection; a waiting head or read fails with the reason. */
  cancel(reason: unknown): void {
    this.#cancelled = { reason };
    const error = reason instanceof Error ? reason : new Error(String(reason));
    if (this.#controller !== null && this.#outcome === null) this.#controller.abort(error);
    this.#settle({ ended: false, error: reason });
  }

  /** One at a time. Rejects with the signal's reason, the sink's disk error or undici's error. */
  async readInto(sink: ByteSink, options: { signal: AbortSignal }): Promise<BodyEnd> {
    const { promise, resolve, reject } = deferred<BodyEnd>();
    const read: Read = { sink, signal: options.signal, resolve, reject };
    this.#read = read;
    const link = onAbort(options.signal, (reason) => this.cancel(reason));
    try {
      this.#watch();
      this.#take(this.#rest);
      return await promise;
    } finally {
      clearTimeout(this.#idleTimer);
      link.dispose();
      if (this.#read === read) this.#read = null;
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#cancelled !== null) controller.abort(new Error('cancelled'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: HeaderValues): void {
    if (status < 200) return;
    controller.pause();
    this.#resolveHead({ status, headers });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#take(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]));
  }

  onResponseEnd(): void {
    this.#settle({ ended: true });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle({ ended: false, error });
  }

  #watch(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.cancel(new TributaryError('idle-timeout')), this.#idleMs);
  }

  #settle(outcome: Outcome): void {
    this.#outcome ??= outcome;
    this.#resolveEnded();
    if (!this.#outcome.ended) this.#rejectHead(this.#outcome.error);
    // A head that nobody waits for any more must not end the process as an unhandled rejection.
    this.head.catch(() => {});
    this.#endReadIfDone();
  }

  /** Puts bytes into the sink of the current read and decides whether the connection may go on. */
  #take(bytes: Uint8Array): void {
    const read = this.#read;
    if (read === null) {
      this.#rest = bytes;
      this.#controller?.pause();
      return;
    }
    const { rest, goOn } = fillFrom(read.sink, bytes);
    this.#rest = rest;
    if (read.sink.remaining === 0) {
      // Not paused without a reason: when these were the last bytes, the end of the message has to be seen, or the
      // connection could not be used again.
      if (rest.length > 0) this.#controller?.pause();
      this.#endRead(read, 'filled');
    } else if (!goOn) {
      this.#controller?.pause();
      clearTimeout(this.#idleTimer);
      read.sink.ready({ signal: read.signal }).then(
        () => {
          if (this.#read === read) this.#watch();
          this.#take(this.#rest);
        },
        (error: unknown) => this.cancel(error),
      );
    } else if (this.#outcome !== null) {
      this.#endReadIfDone();
    } else {
      this.#idleTimer?.refresh();
      this.#controller?.resume();
    }
  }

  #endReadIfDone(): void {
    const read = this.#read;
    if (read === null || this.#outcome === null) return;
    if (!this.#outcome.ended) {
      this.#read = null;
      read.reject(this.#cancelled === null ? this.#outcome.error : this.#cancelled.reason);
    } else if (this.#rest.length === 0) {
      this.#endRead(read, 'ended');
    }
  }

  #endRead(read: Read, end: BodyEnd): void {
    this.#read = null;
    read.resolve(end);
  }
}
