/** What clients and engine tell each other about seeds (PROTOCOLS §1): settings, shares, and what others offer. */
import * as v from 'valibot';
import type { ErrorInfo } from './errors.ts';

const Port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

export const SeedSettings = v.object({
  /** Ports of this machine that are asked for files; one's own is left out. @default 8080 to 8084 */
  ports: v.pipe(v.array(Port), v.maxLength(256)),
  /** Seed n listens on port 8079 + n; 0: the first free one of `ports`. @default 0 */
  seedNumber: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535 - 8079)),
  /** Address to listen on. Off loopback a key is needed, and only the fast form is spoken. @default '127.0.0.1' */
  host: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  /** What others must know to be served off loopback. A secret: kept in memory only. @default none */
  key: v.nullable(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,512}$/))),
  /**
   * Where downloads from seeds land: in the `chosen` folder, or below it as the classic system has it,
   * `files/seed<my>/<my>/<first source>/`. @default 'chosen'
   */
  layout: v.picklist(['chosen', 'classic']),
  /** Connections of the classic form to one seed at a time, for all downloads together. @default 4 */
  connectionsPerSeed: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64)),
  /** For everything that is shared, together; 0: no limit. @default 0 */
  uploadBytesPerSecond: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type SeedSettings = v.InferOutput<typeof SeedSettings>;

export const DEFAULT_SEED_SETTINGS: SeedSettings = {
  ports: [8080, 8081, 8082, 8083, 8084],
  seedNumber: 0,
  host: '127.0.0.1',
  key: null,
  layout: 'chosen',
  connectionsPerSeed: 4,
  uploadBytesPerSecond: 0,
};

/** Eight characters of [0-9a-z]. */
export type ShareId = string;

export interface ShareSnapshot {
  readonly id: ShareId;
  readonly kind: 'folder' | 'file';
  /** Absolute. */
  readonly path: string;
  /** Files that others see; only those right in the folder are shared. */
  readonly files: number;
  readonly sizeBytes: number;
  /** Files that others do not see, because another one of the same name was shared before. */
  readonly hidden: number;
  /** For the clipboard: of the file, or of the seed when it is a folder. Null while nobody listens. */
  readonly address: string | null;
  /** The same for a browser, `curl`, or any download manager. */
  readonly link: string | null;
  /** Since the engine was started. */
  readonly bytesServed: number;
  /** Files whose digest is still to be computed. */
  readonly hashing: number;
  /** Why nothing of it can be seen; null: it can. */
  readonly error: ErrorInfo | null;
}

export interface SharingPeer {
  readonly address: string;
  readonly connections: number;
  readonly bytesServed: number;
}

/** Everything that is shared, and the server that shares it. */
export interface SharingSnapshot {
  /** `off`: nothing is shared. `failed`: something is, but nobody listens; see `error`. */
  readonly state: 'off' | 'listening' | 'failed';
  /** `127.0.0.1:8080`; null while nobody listens. */
  readonly address: string | null;
  readonly port: number | null;
  readonly error: ErrorInfo | null;
  readonly shares: readonly ShareSnapshot[];
  /** Who takes something now. */
  readonly peers: readonly SharingPeer[];
  readonly bytesServed: number;
}

export interface OfferedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Lower-case hex; null when the seed tells none (yet). */
  readonly sha256: string | null;
}

/** What came of asking one port. */
export interface SeedPeerSnapshot {
  /** `127.0.0.1:8081`. */
  readonly address: string;
  readonly port: number;
  /** Port − 8079. */
  readonly seedNumber: number;
  /** `down`: nobody listens, or nobody answered in time. Whatever listens and is no seed is not told of. */
  readonly state: 'up' | 'down';
  /** It was a seed earlier in the life of the engine. */
  readonly known: boolean;
  /** Null while it is down. */
  readonly form: 'fast' | 'classic' | null;
  readonly files: readonly OfferedFile[];
  /** How many more it names: more than a classic seed is asked for the sizes of. They can be fetched by their address. */
  readonly unlisted: number;
  /** Why it is down, or why its list is not complete. */
  readonly error: ErrorInfo | null;
}

/** A file of one or more seeds; another size or digest under the same name is another file. */
export interface SeedFileSnapshot extends OfferedFile {
  /**
   * `seed://127.0.0.1:8080/<name>`, one for each seed that has it, those that tell a digest first: the
   * address of a download, and its mirrors.
   */
  readonly addresses: readonly string[];
}

export interface SeedsSnapshot {
  readonly peers: readonly SeedPeerSnapshot[];
  /** By name. */
  readonly files: readonly SeedFileSnapshot[];
}
