import type { Checksum, DigestAlgorithm } from '../../contract/checksum.ts';
import type { TributaryError } from '../../contract/errors.ts';
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
  /** Digests of its pieces that the source tells: its own word, which may be a lie. @default none */
  readonly pieces?: PieceHashes | null;
  /**
   * Set when the source is about to compute a digest: asks for it once more; null when it is still not known. Until then
   * nobody knows whether its file is another one of the same size. Rejects only with the signal's reason.
   */
  readonly laterChecksum?: (options: { signal: AbortSignal }) => Promise<Checksum | null>;
  /** Set when the file is named by hashes, and every byte is checked against them before a lane hands it out. */
  readonly content?: ContentLayout;
  /** Set when it is no file but a folder: these are to be downloaded one by one. */
  readonly folder?: readonly FolderEntry[];
}

/** What is known beforehand about the pieces of a file; the last one may be shorter. */
export interface PieceHashes {
  readonly algorithm: DigestAlgorithm;
  readonly lengthBytes: number;
  /** Lower-case hex, one for each piece. */
  readonly hashes: readonly string[];
}

/** The blocks of a file that is named by their hashes. */
export interface ContentLayout {
  /** Of all of it. */
  readonly hash: string;
  readonly length: number;
  /** Which block holds that byte. */
  indexAt(offset: number): number;
  /** Where it lies in the file, half-open, and its own hash. */
  blockAt(index: number): { readonly start: number; readonly end: number; readonly cid: string };
}

export interface FolderEntry {
  /** Folders below the target folder, then the file's name; safe. */
  readonly path: readonly string[];
  readonly address: string;
}

/** Absolute http(s) links. */
export interface SourceOffers {
  /** Best first. */
  readonly mirrors: readonly string[];
  readonly metalinks: readonly string[];
}

/** The result of a read: the sink is full, or (only when the size is unknown) the file has ended. */
export type ReadEnd = 'filled' | 'ended';

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly onAsked?: (offset: number, peer: string) => void;
}

/** One connection's worth of a source. Not reentrant: one read at a time. */
export interface Lane {
  /** Offset from which it can go on without a new request; null when there is none. */
  readonly position: number | null;
  /**
   * Fills the sink with the bytes of the range, in order. The sink's end may shrink meanwhile. On failure what was
   * filled stays right; the caller goes on from there. Never retries, never sleeps.
   * @param options.onAsked somebody was asked for the block that begins there, in a file with a `ContentLayout`
   * @throws TributaryError with the code of what went wrong; the signal's reason when aborted
   */
  read(range: ByteRange, sink: ByteSink, options: ReadOptions): Promise<ReadEnd>;
  /** Closes the connection. */
  close(): void;
}

/** What lanes of a source are like when they are not like those of a link. */
export interface LaneTerms {
  /** A shorter range costs more than it brings. */
  readonly leastRunBytes: number;
  readonly mostLanes: number;
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
  /** Known once it is described. @default null: like those of a link */
  readonly terms?: LaneTerms | null;
  /** Set when most of those who offer a file of that name offer another one: how this one differs. @default it does not */
  readonly outvoted?: TributaryError | null;
  /** Its lanes tell by `onAsked` when a block is asked for, and of whom. @default false: `peer` is asked for whole runs */
  readonly asksForBlocks?: boolean;
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
