import { TributaryError } from '../../../contract/errors.ts';
import type { Slots } from '../../../kit/slots.ts';
import { authorityOf } from '../../intake/authority.ts';
import type { SeedEndpoint } from '../../intake/seedAddress.ts';
import { exchange } from '../../net/tcpExchange.ts';
import {
  judgePiece,
  judgeShifted,
  MAX_LIST_BYTES,
  MAX_SHORT_REPLY_BYTES,
  PIECE_BYTES,
  type PieceReply,
  parseList,
  parseSize,
  type Reply,
} from '../../protocols/seed/classicReply.ts';
import { type ClassicRequest, formatRequest } from '../../protocols/seed/classicRequest.ts';

export interface ClassicTimeouts {
  readonly connectMs: number;
  readonly answerMs: number;
}

/** A seed that needs longer than that to answer waits for the end of the request: it is told where that is. */
const PROMPT_MS = 40;

/** A seed of the classic form: one request for each connection. */
export class ClassicSeed {
  readonly #endpoint: SeedEndpoint;
  readonly #slots: Slots;
  readonly #timeouts: ClassicTimeouts;
  readonly #host: string;
  /**
   * Whoever closes a connection first keeps its port from being used again for a minute. So the seed may do that, as clients
   * have always let it, unless it waits for more.
   */
  #halfClose = false;

  /** @param components.slots connections to this seed, for all downloads together */
  constructor(components: { slots: Slots }, init: { endpoint: SeedEndpoint; timeouts: ClassicTimeouts }) {
    this.#slots = components.slots;
    this.#endpoint = init.endpoint;
    this.#timeouts = init.timeouts;
    this.#host = authorityOf(init.endpoint);
  }

  /** Names that it offers. @throws TributaryError of the network, `seed-refused`, `seed-protocol` */
  async list(options: { signal: AbortSignal }): Promise<readonly string[]> {
    const beganMs = performance.now();
    const reply = await this.#ask({ kind: 'list' }, { maxBytes: MAX_LIST_BYTES, judge: parseList }, options);
    this.#halfClose ||= performance.now() - beganMs > PROMPT_MS;
    return this.#valueOf(parseList(reply));
  }

  /** @throws TributaryError of the network, `seed-refused`, `seed-protocol` */
  async size(name: string, options: { signal: AbortSignal }): Promise<number> {
    const expected = { maxBytes: MAX_SHORT_REPLY_BYTES, judge: parseSize };
    return this.#valueOf(parseSize(await this.#ask({ kind: 'size', name }, expected, options)));
  }

  /**
   * The piece that begins there: 32 bytes, fewer only at the end of the file.
   * @throws TributaryError of the network, `seed-refused`, `seed-protocol`
   */
  async piece(name: string, offset: number, sizeBytes: number, options: { signal: AbortSignal }): Promise<Uint8Array> {
    const length = Math.min(PIECE_BYTES, sizeBytes - offset);
    const expected = { maxBytes: MAX_SHORT_REPLY_BYTES, judge: (reply: Uint8Array) => judgePiece(reply, length) };
    const reply = await this.#ask({ kind: 'piece', name, offset }, expected, options);
    const judged = judgePiece(reply, length);
    if (judged.kind !== 'ambiguous') return this.#valueOf(judged);
    const shiftedLength = Math.min(PIECE_BYTES, sizeBytes - offset - 1);
    const shiftedExpected = { ...expected, judge: (reply: Uint8Array) => judgePiece(reply, shiftedLength) };
    const shifted = await this.#ask({ kind: 'piece', name, offset: offset + 1 }, shiftedExpected, options);
    return this.#valueOf(judgeShifted(reply, shifted));
  }

  async #ask(
    request: Exclude<ClassicRequest, { kind: 'wrong' }>,
    { maxBytes, judge }: { maxBytes: number; judge: (reply: Uint8Array) => Reply<unknown> | PieceReply },
    options: { signal: AbortSignal },
  ): Promise<Uint8Array> {
    const slot = await this.#slots.take(options);
    try {
      const reply = await exchange(
        {
          ...this.#endpoint,
          ...this.#timeouts,
          request: formatRequest(request),
          maxBytes,
          halfClose: this.#halfClose,
          mayBeAll: (reply) => judge(reply).kind !== 'malformed',
        },
        options,
      );
      // It went away in the middle of it: only a list may be empty, and what is asked for is never past the end.
      if (reply.length === 0 && request.kind !== 'list')
        throw new TributaryError('connection-lost', { host: this.#host });
      return reply;
    } finally {
      slot.dispose();
    }
  }

  #valueOf<T>(reply: Reply<T>): T {
    if (reply.kind === 'good') return reply.value;
    throw new TributaryError(reply.kind === 'refused' ? 'seed-refused' : 'seed-protocol', {
      host: this.#host,
      reason: reply.reason,
    });
  }
}
