import type { Checksum } from '../../contract/checksum.ts';
import type { SourceKind } from '../../contract/task.ts';
import type { ByteSink } from '../../kit/byteSink.ts';

/** Half-open, in bytes. `end` is `Infinity` for "until it ends", which only a source without a known size is asked. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What one version of a file can be told by; see protocols/http/validators.ts. */
export interface FileVersion {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface SourceDescription {
  /** Null when the source does not tell. */
  readonly sizeBytes: number | null;
  /** False: only the whole file, from its first byte, by one lane. */
  readonly ranges: boolean;
  readonly version: FileVersion;
  /** Name the source offers for the file; safe. */
  readonly suggestedName: string;
  /** Digests of the whole file that the source tells, strongest first. */
  readonly checksums: readonly Checksum[];
  /** Other places of the same file, and descriptions of it, that the source tells of. */
  readonly offers: SourceOffers;
  /** It is no file to keep but a Metalink: it tells where the files are. */
  readonly isMetalink: boolean;
}

/** Absolute http(s) links. */
export interface SourceOffers {
  /** Best first. */
  readonly mirrors: readonly string[];
  readonly metalinks: readonly string[];
}

/** The result of a read: the sink is full, or (only when the size is unknown) the file has ended. */
export type ReadEnd = 'filled' | 'ended';

/** One connection's worth of a source. Not reentrant: one read at a time. */
export interface Lane {
  /** Offset from which it can go on without a new request; null when there is none. */
  readonly position: number | null;
  /**
   * Fills the sink with the bytes of the range, in order. The sink's end may shrink meanwhile. On failure what was
   * filled stays right; the caller goes on from there. Never retries, never sleeps.
   * @throws TributaryError with the code of what went wrong; the signal's reason when aborted
   */
  read(range: ByteRange, sink: ByteSink, options: { signal: AbortSignal }): Promise<ReadEnd>;
  /** Closes the connection. */
  close(): void;
}

/** Where bytes of one file come from. The transfer knows no other kind of thing. */
export interface Source {
  readonly kind: SourceKind;
  /** Recognises the source in records without telling its secrets. */
  readonly key: string;
  /** For lists and messages: no user info, no query. */
  readonly address: string;
  /** Names the other side in chunk events: a link's origin, a seed, a peer id. */
  readonly peer: string;
  /**
   * First contact, by asking for data: the first lane goes on with the answer.
   * @param options.wanted what the file is likely to need first, when an earlier run has left a part. @default all of it
   * @throws TributaryError with the code of what went wrong; the signal's reason when aborted
   */
  describe(options: { signal: AbortSignal; wanted?: ByteRange }): Promise<SourceDescription>;
  openLane(): Lane;
  /** Closes everything that is open. */
  close(): void;
}
