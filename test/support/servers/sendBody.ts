import { setTimeout as delay } from 'node:timers/promises';
import type { Content } from '../content.ts';
import type { Exchange } from './exchange.ts';

/** How the bytes of one answer leave. Counts are from the answer's first body byte. */
export interface BodyBehaviour {
  /** Pace of this answer alone, as servers limit it per connection. @default as fast as the client reads */
  readonly bytesPerSecond?: number;
  /** The connection is reset (RST) after so many bytes. */
  readonly resetAfterBytes?: number;
  /** Nothing more comes after so many bytes, though the connection stays open. */
  readonly stallAfterBytes?: number;
  /** The connection is closed in good order after so many bytes. */
  readonly endAfterBytes?: number;
}

const PIECE_BYTES = 64 * 1024;
const TICK_MS = 10;

/** Sends `[start, end)` of the content; the head has been given to `response` before. */
export async function sendBody(
  exchange: Exchange,
  content: Content,
  range: { readonly start: number; readonly end: number },
  behaviour: BodyBehaviour = {},
): Promise<void> {
  const { response, request, logged } = exchange;
  const { resetAfterBytes = Infinity, stallAfterBytes = Infinity, endAfterBytes = Infinity } = behaviour;
  const stop = Math.min(range.end, range.start + Math.min(resetAfterBytes, stallAfterBytes, endAfterBytes));
  const began = performance.now();
  // A head without a body waits for its first byte, which an answer that stalls at once never sends. Not otherwise:
  // Node flushes a head as UTF-8, and bytes over 127 in a header would be encoded twice.
  if (stop === range.start && stallAfterBytes === 0) response.flushHeaders();
  let offset = range.start;
  while (offset < stop && !response.destroyed) {
    let pieceBytes = PIECE_BYTES;
    if (behaviour.bytesPerSecond !== undefined) {
      // One piece a tick: without the pause, ever smaller pieces would follow each other and starve the event loop.
      await delay(TICK_MS);
      const dueBytes = ((performance.now() - began) / 1000) * behaviour.bytesPerSecond - (offset - range.start);
      pieceBytes = Math.max(1, Math.floor(dueBytes));
    }
    const piece = content.slice(offset, Math.min(stop, offset + pieceBytes));
    await write(exchange, piece);
    offset += piece.length;
  }
  if (response.destroyed) return;
  const sent = logged.bytesSent;
  if (sent >= resetAfterBytes) request.socket.resetAndDestroy();
  else if (sent >= stallAfterBytes) return;
  else if (sent >= endAfterBytes) request.socket.end();
  else response.end();
}

/** Resolves when the kernel took the bytes, or the connection is gone. */
function write({ response, logged }: Exchange, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(piece, (error) => {
      response.off('close', resolve);
      if (error === null || error === undefined) logged.bytesSent += piece.length;
      resolve();
    });
  });
}
