import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import { fidKey } from '../protocols/hub/fidKey.ts';
import type { HubEvent } from '../protocols/hub/hubClientMachine.ts';
import { refusal } from './hubRefusal.ts';

interface Waiting {
  readonly fid: string | null;
  /** Null: nothing was asked, something was promised. */
  readonly line: string | null;
  /** See `Question.sharesErrors`. */
  readonly isShared: boolean;
  /** True: it took the event. */
  readonly takes: (event: HubEvent) => boolean;
  readonly fail: (error: unknown) => void;
}

export interface Question<T> {
  /** What is sent; null: nothing, a promise of the hub is waited for. */
  readonly line: string | null;
  /** The file that it is about; null: none. */
  readonly fid: string | null;
  /** Several questions may be about this file: the first one takes an ERROR about it, since a hub answers in order. */
  readonly sharesErrors?: boolean;
  /** Null: this is no answer. */
  readonly answer: (event: HubEvent) => T | null;
}

/** What was asked over one control connection, and who waits for the answer. */
export class HubQuestions {
  readonly #host: string;
  readonly #send: (line: string) => void;
  readonly #waiting = new Set<Waiting>();

  /** @param host for messages */
  constructor(host: string, send: (line: string) => void) {
    this.#host = host;
    this.#send = send;
  }

  /** @throws TributaryError `hub-refused` and the like, `first-byte-timeout`, what `fail` was given; the signal's reason */
  ask<T>(question: Question<T>, options: { signal?: AbortSignal; deadlineMs?: number }): Promise<T> {
    const found = deferred<T>();
    const { line, fid, answer } = question;
    const isShared = question.sharesErrors === true;
    const waiting: Waiting = {
      fid,
      line,
      isShared,
      takes: (event) => {
        if (event.kind === 'refused' && event.fid !== null && fid !== null && sameFid(event.fid, fid)) {
          found.reject(refusal(event, this.#host));
          return isShared;
        }
        const result = answer(event);
        if (result === null) return false;
        found.resolve(result);
        return true;
      },
      fail: found.reject,
    };
    this.#waiting.add(waiting);
    const link = options.signal === undefined ? null : onAbort(options.signal, found.reject);
    const timer =
      options.deadlineMs === undefined
        ? undefined
        : setTimeout(
            () => found.reject(new TributaryError('first-byte-timeout', { host: this.#host })),
            options.deadlineMs,
          );
    const settled = found.promise.finally(() => {
      this.#waiting.delete(waiting);
      clearTimeout(timer);
      link?.dispose();
    });
    if (line !== null) this.#send(line);
    return settled;
  }

  /** At once, not a turn later: the next line may be meant for the next one. @returns whether somebody took it as an answer */
  deliver(event: HubEvent): boolean {
    if (event.kind === 'refused' && event.fid === null) return this.#refuseOldest(event);
    for (const waiting of [...this.#waiting]) {
      if (!waiting.takes(event)) continue;
      this.#waiting.delete(waiting);
      return true;
    }
    return false;
  }

  /**
   * What came for this file answers nothing that was asked: the oldest question that shares its errors was meant.
   * @returns whether there is one
   */
  contradict(fid: string, error: TributaryError): boolean {
    const oldest = [...this.#waiting].find(
      (waiting) => waiting.isShared && waiting.fid !== null && sameFid(waiting.fid, fid),
    );
    if (oldest === undefined) return false;
    this.#waiting.delete(oldest);
    oldest.fail(error);
    return true;
  }

  /** The connection is over. */
  fail(error: TributaryError): void {
    for (const { fail } of [...this.#waiting]) fail(error);
  }

  /**
   * An ERROR names a file only where it can (PROTOCOLS §2). A hub answers in order, so the oldest question is meant; a
   * promise only when there is no question.
   */
  #refuseOldest(event: Extract<HubEvent, { kind: 'refused' }>): boolean {
    const all = [...this.#waiting];
    const oldest = all.find(({ line }) => line !== null) ?? all[0];
    if (oldest === undefined) return false;
    if (oldest.fid !== null) return this.deliver({ ...event, fid: oldest.fid });
    this.#waiting.delete(oldest);
    oldest.fail(refusal(event, this.#host));
    return true;
  }
}

export function sameFid(a: string, b: string): boolean {
  return fidKey(a) === fidKey(b);
}
