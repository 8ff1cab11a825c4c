/**
 * Where the bytes of one range go, in order. The writer lends memory, the reader fills it straight from the socket, and
 * the same memory is handed to one positional write: no copy, and back-pressure when the disk is behind.
 */
export interface ByteSink {
  /** File offset of the next byte; everything before it, from the range's start, was received. */
  readonly position: number;
  /** How many bytes the range still takes; `Infinity` when its end is unknown. Can shrink while it is being filled. */
  readonly remaining: number;
  /** Memory for the next bytes: never empty while `remaining` is not 0, never longer than `remaining`. */
  lend(): Uint8Array;
  /**
   * The first `count` bytes of what was lent are the range's next bytes.
   * False: do not go on before `ready` resolves.
   */
  filled(count: number): boolean;
  /** Resolves when more may be lent; rejects when writing failed (codes `disk-*`) or the signal is aborted. */
  ready(options: { signal: AbortSignal }): Promise<void>;
}

/**
 * Somebody reads bytes of a sink where they lie, beside the write.
 * @returns resolves when the memory is free again, never rejects; null: it is not read
 */
export type ReadInMemory = (bytes: Uint8Array, position: number) => Promise<void> | null;

/** What of a range the caller is to write, ascending; the rest has been written, or is being, by somebody else. */
export type ClaimBytes = (start: number, end: number) => readonly { readonly start: number; readonly end: number }[];

/** Copies a chunk that was read elsewhere into a sink. Returns what did not fit any more, and whether to go on at once. */
export function fillFrom(sink: ByteSink, chunk: Uint8Array): { rest: Uint8Array; goOn: boolean } {
  let rest = chunk;
  let goOn = true;
  while (rest.length > 0 && sink.remaining > 0 && goOn) {
    const memory = sink.lend();
    const part = rest.length > memory.length ? rest.subarray(0, memory.length) : rest;
    memory.set(part);
    goOn = sink.filled(part.length);
    rest = rest.subarray(part.length);
  }
  return { rest, goOn };
}
