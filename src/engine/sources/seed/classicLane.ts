import { ChildAbort } from '../../../kit/abort.ts';
import { type ByteSink, fillFrom } from '../../../kit/byteSink.ts';
import { type Deferred, deferred } from '../../../kit/deferred.ts';
import { PIECE_BYTES } from '../../protocols/seed/classicReply.ts';
import type { ByteRange, Lane, ReadEnd } from '../source.ts';

export interface ClassicLaneInit {
  /** Pieces that are asked for at the same time. */
  readonly width: number;
  /** 32 bytes from that offset on, fewer only at the end of the file. */
  piece(offset: number, options: { signal: AbortSignal }): Promise<Uint8Array>;
}

/** Pieces that may wait in memory for one before them. */
const MAX_WAITING = 256;

/** Reads a range in pieces of 32 bytes, one connection each, several at a time; they come in any order and go out in theirs. */
export class ClassicLane implements Lane {
  readonly #init: ClassicLaneInit;
  /** Each piece is a request of its own. */
  readonly position = null;

  constructor(init: ClassicLaneInit) {
    this.#init = init;
  }

  async read(_range: ByteRange, sink: ByteSink, options: { signal: AbortSignal }): Promise<ReadEnd> {
    options.signal.throwIfAborted();
    const stop = new ChildAbort(options.signal);
    const pieces = new Map<number, Uint8Array>();
    const asked = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | null = null;
    let changed: Deferred<void> = deferred();
    const ask = (offset: number): void => {
      const request = this.#init
        .piece(offset, { signal: stop.signal })
        .then((bytes) => void pieces.set(offset, bytes))
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          asked.delete(request);
          changed.resolve();
        });
      asked.add(request);
    };
    let next = sink.position;
    try {
      while (sink.remaining > 0) {
        const end = sink.position + sink.remaining;
        while (asked.size < this.#init.width && next < end && next - sink.position < MAX_WAITING * PIECE_BYTES) {
          ask(next);
          next += PIECE_BYTES;
        }
        await changed.promise;
        changed = deferred();
        // What has come before the failure, and in order, counts.
        await drain(pieces, sink, stop.signal);
        if (failure !== null) throw (failure as { error: unknown }).error;
      }
      return 'filled';
    } finally {
      stop.abort(new Error('the piece is no longer needed'));
      stop.dispose();
      await Promise.all(asked);
    }
  }

  close(): void {
    // Its connections end with the read that opened them.
  }
}

async function drain(pieces: Map<number, Uint8Array>, sink: ByteSink, signal: AbortSignal): Promise<void> {
  for (let piece = pieces.get(sink.position); piece !== undefined; piece = pieces.get(sink.position)) {
    pieces.delete(sink.position);
    // The range may end in the middle of a piece.
    for (let rest = piece; rest.length > 0 && sink.remaining > 0; ) {
      const filled = fillFrom(sink, rest);
      rest = filled.rest;
      if (!filled.goOn) await sink.ready({ signal });
    }
  }
}
