import { TributaryError } from '../../../contract/errors.ts';
import { MAX_HEAD_BYTES, mayBeHead, parseResponseHead, type ResponseHead } from './responseHead.ts';

/** Early hints come once or twice; without a bound each would start the wait for the answer anew. */
const MAX_INTERIM_ANSWERS = 10;

/** Finds one head after the other at the beginning of what a connection has received since its request. */
export class HeadReader {
  #searched = 0;
  #interimAnswers = 0;

  /**
   * Null: more is needed. Else the head and its length; one with a status below 200 (RFC 9110 §15.2) is followed by another.
   * @param received grows from call to call until there is a head
   * @throws TributaryError `bad-response`
   */
  read(received: Buffer): { readonly head: ResponseHead; readonly length: number } | null {
    // From where the last search ended, or a head that comes byte by byte would be read thousands of times.
    const from = Math.max(0, this.#searched - 3);
    this.#searched = received.length;
    // Whoever speaks something else may say a few bytes and wait: an old seed does, and keeps a probe until its deadline.
    if (mayBeHead(received) && !received.includes('\r\n\r\n', from) && received.length < MAX_HEAD_BYTES) return null;
    const result = parseResponseHead(received);
    if (result.kind === 'incomplete') return null;
    if (result.kind === 'malformed') throw new TributaryError('bad-response', { reason: result.reason });
    this.#searched = 0;
    if (result.head.status < 200 && ++this.#interimAnswers > MAX_INTERIM_ANSWERS) {
      throw new TributaryError('bad-response', { reason: 'it never comes to the point' });
    }
    return result;
  }
}
