/** What clients see of files that are fetched and offered by their content. */
import * as v from 'valibot';
import type { ErrorInfo } from './errors.ts';

export const ChunkDownload = v.object({
  /** A multiaddr or the id of a peer; null: whoever has it. */
  peer: v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(1024))),
  /** Of the chunk's own block. */
  cid: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  /** Root CID of the file: who has it is asked for the chunk, and chunk events carry it. */
  fileHash: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  chunkIndex: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Absolute; never written over, unless it holds the same bytes. */
  outputPath: v.pipe(v.string(), v.minLength(1)),
});
/** One block of a file, into a file of its own. */
export type ChunkDownload = v.InferOutput<typeof ChunkDownload>;

export interface IpfsPeer {
  /** Peer id. */
  readonly id: string;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
}

/** A file that is offered to others. */
export interface IpfsFile {
  readonly cid: string;
  /** `ipfs://<cid>?filename=<name>`, to be given away. */
  readonly address: string;
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
  /** The DHT knows that it is here. */
  readonly provided: boolean;
}

/** A file whose CID is being computed. */
export interface IpfsAddition {
  readonly path: string;
  readonly readBytes: number;
  readonly sizeBytes: number;
}

export interface IpfsSnapshot {
  /** `off`: nothing was needed yet. `guest`: it fetches, and nobody can reach it. `serving`: it offers files. */
  readonly state: 'off' | 'guest' | 'serving';
  readonly network: 'private' | 'public';
  /** Null while it is off. */
  readonly peerId: string | null;
  /** Multiaddrs under which others reach it. */
  readonly addresses: readonly string[];
  readonly peers: readonly IpfsPeer[];
  readonly files: readonly IpfsFile[];
  readonly additions: readonly IpfsAddition[];
  /** Of blocks, to others, since it serves. */
  readonly sentBytes: number;
  /** Why it could not start. */
  readonly error: ErrorInfo | null;
}
