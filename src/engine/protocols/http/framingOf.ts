import { TributaryError } from '../../../contract/errors.ts';
import type { BodyFraming } from './bodyFraming.ts';
import { ChunkedBody } from './chunkedBody.ts';
import { parseContentLength } from './contentLength.ts';
import type { ResponseHead } from './responseHead.ts';
import { SizedBody } from './sizedBody.ts';

/**
 * How the body behind a head ends (RFC 9112 §6.3, for the answer to a GET). What it is encoded with plays no part. Bodies of
 * other answers than 200 and 206 are not read: unless such a one is empty, it goes on to the end of the connection.
 * @throws TributaryError `bad-response` when it could be read in two ways
 */
export function framingOf(head: ResponseHead): BodyFraming {
  const { status, headers, version } = head;
  const coding = headers['transfer-encoding'];
  const length = parseContentLength(headers['content-length']);
  if (status !== 200 && status !== 206) {
    const isEmpty = status === 204 || status === 304 || (length === 0 && coding === undefined);
    return new SizedBody(isEmpty ? 0 : Number.POSITIVE_INFINITY);
  }
  if (length === 'invalid' || (coding !== undefined && length !== null)) {
    throw new TributaryError('bad-response', { reason: 'its length could be read in two ways' });
  }
  if (coding === undefined) return new SizedBody(length ?? Number.POSITIVE_INFINITY);
  // HTTP/1.0 knows no codings: who passed such an answer on may have read it in another way (RFC 9112 §6.1).
  if (version === '1.0' || typeof coding !== 'string' || coding.toLowerCase() !== 'chunked') {
    throw new TributaryError('bad-response', { reason: 'its transfer coding is unknown' });
  }
  return new ChunkedBody();
}
