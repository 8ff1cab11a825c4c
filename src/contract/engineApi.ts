/**
 * What travels between a client (editor window, command line) and the engine: JSON-RPC 2.0 over a unix socket or named
 * pipe, framed as in the Language Server Protocol. `hello` comes first; before it every other request is answered with
 * `not-authenticated`. A refused request carries an `ErrorInfo` in the error's `data`.
 */
import * as v from 'valibot';
import type { HubsChange, HubsSnapshot, OwnHub } from './hub.ts';
import { ChunkDownload, type IpfsSnapshot } from './ipfs.ts';
import { SeedSettings, type SeedsSnapshot, type ShareId, type SharingSnapshot } from './seedApi.ts';
import type { LogLevel } from './settings.ts';
import { EngineSettings, ExistsPolicy, NetworkSettings } from './settings.ts';
import type { TaskId, TaskSnapshot } from './task.ts';

/** Raised whenever a client of one version could misread an engine of another. */
export const PROTOCOL_VERSION = 1;

/** Mirrors that one task keeps. */
export const MAX_MIRRORS = 256;

/** JSON-RPC error code that says "look into data for an ErrorInfo" (free range of the JSON-RPC specification). */
export const CODED_ERROR = -31000;

const Link = v.pipe(v.string(), v.maxLength(64 * 1024));
/** An access key; held in memory only. */
const HubKey = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const BytesPerSecond = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What must never be written down: kept in the engine's memory and in the editor's secret storage. */
export const TaskSecrets = v.object({
  /** The link with its user info and private query values. */
  address: v.optional(Link),
  /** Header lines such as Authorization or Cookie; sent only to the origin of the link. */
  headers: v.optional(v.record(v.string(), v.string())),
  /** Mirrors with user info or private query values. */
  mirrors: v.optional(v.array(Link)),
});
export type TaskSecrets = v.InferOutput<typeof TaskSecrets>;

export const AddParams = v.object({
  /** http or https link; user info in it becomes credentials. */
  address: Link,
  /** Further links to the same file, best first; whoever gives them vouches for that. */
  mirrors: v.optional(v.pipe(v.array(Link), v.maxLength(MAX_MIRRORS))),
  /** Absolute path; made when missing. */
  folder: v.pipe(v.string(), v.minLength(1)),
  /** The user's choice of name; else the server's or the link's. */
  fileName: v.optional(v.pipe(v.string(), v.minLength(1))),
  /** `sha256:<hex>`, or sha1, sha512, md5. */
  checksum: v.optional(v.string()),
  headers: v.optional(v.record(v.string(), v.string())),
  /** @default 'rename' */
  exists: v.optional(ExistsPolicy),
  /** Look for a checksum file (`.sha256`, `SHA256SUMS`) beside the file. @default as the settings say */
  findChecksum: v.optional(v.boolean()),
  /** Of this task alone; 0: none. @default 0 */
  limitBytesPerSecond: v.optional(BytesPerSecond),
});
export type AddParams = v.InferOutput<typeof AddParams>;

const TaskParams = v.object({ id: v.string() });
/** Absolute path. */
const Folder = v.pipe(v.string(), v.minLength(1));
const NoParams = v.optional(v.object({}));

/** Request name → schema of its parameters. The engine checks every message against it. */
export const REQUEST_PARAMS = {
  hello: v.object({ protocolVersion: v.number(), secret: v.string(), client: v.string() }),
  /** Asks the engine to write everything down and end: a newer client is about to start its own. */
  leave: NoParams,
  add: AddParams,
  list: NoParams,
  pause: TaskParams,
  resume: TaskParams,
  /** Stops a task that is not complete, deletes its part file and takes it off the list. */
  cancel: TaskParams,
  /** A task that failed runs again. `exists`: what to do about the file that was in its way. */
  retry: v.object({ id: v.string(), exists: v.optional(ExistsPolicy) }),
  /** A task that is paused or failed begins anew in another folder; what has arrived in the old one is deleted. */
  changeFolder: v.object({ id: v.string(), folder: Folder }),
  /** Takes a task that does not run off the list; no file is touched. */
  remove: TaskParams,
  /** One more link to the same file. A task that failed for lack of a source goes on. */
  addMirror: v.object({ id: v.string(), address: Link }),
  /** A fresh link in the place of one that has expired: what is there is kept when size and version (or a sample) agree. */
  replaceAddress: v.object({ id: v.string(), address: Link }),
  /** Limits one task; 0: no limit. Holds at once. */
  limitTask: v.object({ id: v.string(), bytesPerSecond: BytesPerSecond }),
  move: v.object({ id: v.string(), direction: v.picklist(['up', 'down']) }),
  pauseAll: NoParams,
  resumeAll: NoParams,
  clearCompleted: NoParams,
  /** The whole link again, for the clipboard: user info is left out, the query is kept. */
  link: TaskParams,
  /** Digest of a completed file; computed once and kept. */
  sha256: TaskParams,
  configure: EngineSettings,
  network: NetworkSettings,
  provideSecrets: v.object({ id: v.string(), secrets: TaskSecrets }),
  /** Shares a folder (the files right in it) or a single file with others, until it is stopped; an engine that was started again goes on with it. */
  share: v.object({ path: v.pipe(v.string(), v.minLength(1)) }),
  stopSharing: v.object({ id: v.string() }),
  /** Everything that is shared; `sharing` notifications tell what it is from then on. */
  sharing: NoParams,
  /** Asks the ports of the settings what they offer; takes seconds at most. */
  findSeeds: NoParams,
  configureSeeds: SeedSettings,
  /** Starts the share hub of this engine and joins it; one that runs already is ended first. */
  startHub: v.optional(
    v.object({
      /** @default 127.0.0.1 */
      host: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(255))),
      /** 0: any free one. @default 8090 */
      port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
      /** Absolute. @default `hub` in the state folder */
      folder: v.optional(v.pipe(v.string(), v.minLength(1))),
      /** Needed off loopback. */
      key: v.optional(HubKey),
      /** As in `joinHub`. */
      name: v.optional(v.pipe(v.string(), v.maxLength(256))),
    }),
    {},
  ),
  stopHub: NoParams,
  /** Joins a hub and stays in it; again with a key when it asks for one. It need not be there at the moment. */
  joinHub: v.object({
    /** `host`, `host:port` or `hub://host:port`. */
    address: v.pipe(v.string(), v.maxLength(1024)),
    key: v.optional(HubKey),
    /** What the members of all hubs see of this user from now on. @default the name of the user's account */
    name: v.optional(v.pipe(v.string(), v.maxLength(256))),
  }),
  leaveHub: v.object({ address: v.string() }),
  /** All about share hubs; `hubs` notifications tell what changes from then on. */
  hubs: NoParams,
  /** Puts files on a hub that was joined. */
  shareToHub: v.object({ address: v.string(), paths: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(1000)) }),
  /** Stops an upload, or takes one that has ended off the list. */
  cancelShare: v.object({ id: v.string() }),
  retryShare: v.object({ id: v.string() }),
  clearShares: NoParams,
  /** Takes a file off a hub: one's own, or any where the hub is this engine's. */
  removeFromHub: v.object({ address: v.string(), fid: v.string() }),
  /** Offers files to others; done by `shareOnIpfs` as well. It goes on after a restart. */
  startIpfs: NoParams,
  stopIpfs: NoParams,
  /** All about IPFS; `ipfs` notifications tell what it is from then on. */
  ipfs: NoParams,
  /** Computes a file's CID and offers it. It stays where it is. */
  shareOnIpfs: v.object({ path: v.pipe(v.string(), v.minLength(1)) }),
  /** Offers it no longer; the file is not touched. */
  unshareOnIpfs: v.object({ cid: v.string() }),
  /** Fetches one chunk, and resolves when it is written. */
  startChunkDownload: ChunkDownload,
  /** Turns the chunk notifications on or off for this connection. @default off */
  subscribeChunks: v.object({ enabled: v.boolean() }),
} as const;

export type RequestName = keyof typeof REQUEST_PARAMS;
export type RequestParams<N extends RequestName> = v.InferOutput<(typeof REQUEST_PARAMS)[N]>;

/** Request name → what it resolves to. */
export interface RequestResults {
  hello: { readonly protocolVersion: number; readonly engineVersion: string; readonly pid: number };
  leave: null;
  add: { readonly id: TaskId };
  list: { readonly tasks: readonly TaskSnapshot[] };
  pause: null;
  resume: null;
  cancel: null;
  retry: null;
  changeFolder: null;
  remove: null;
  addMirror: null;
  replaceAddress: null;
  limitTask: null;
  move: null;
  pauseAll: null;
  resumeAll: null;
  clearCompleted: null;
  link: { readonly address: string };
  sha256: { readonly sha256: string };
  configure: null;
  network: null;
  provideSecrets: null;
  share: { readonly id: ShareId };
  stopSharing: null;
  sharing: SharingSnapshot;
  findSeeds: SeedsSnapshot;
  configureSeeds: null;
  startHub: { readonly own: OwnHub };
  stopHub: null;
  joinHub: { readonly address: string };
  leaveHub: null;
  hubs: HubsSnapshot;
  shareToHub: { readonly ids: readonly string[] };
  cancelShare: null;
  retryShare: null;
  clearShares: null;
  removeFromHub: null;
  startIpfs: IpfsSnapshot;
  stopIpfs: null;
  ipfs: IpfsSnapshot;
  shareOnIpfs: { readonly cid: string; readonly address: string };
  unshareOnIpfs: null;
  startChunkDownload: { readonly path: string };
  subscribeChunks: null;
}

/** Notification name → payload, engine to client. */
export interface EngineEvents {
  /** What changed since the last one, at most 4 a second: whole snapshots of changed tasks only. */
  changed: { readonly tasks: readonly TaskSnapshot[]; readonly removed: readonly TaskId[] };
  log: LogLine;
  /** What is shared, to whom and how much of it, at most 4 a second. */
  sharing: SharingSnapshot;
  /** What changed about share hubs since the last one, at most 4 a second. */
  hubs: HubsChange;
  /** At most 4 a second. */
  ipfs: IpfsSnapshot;
  download_chunk_started: { file_hash: string; chunk_index: number; cid: string | null; peer: string };
  download_chunk_progress: { file_hash: string; chunk_index: number; bytes_received: number; total_bytes: number };
  download_chunk_complete: { file_hash: string; chunk_index: number; path: string };
  download_chunk_failed: { file_hash: string; chunk_index: number; error: string };
}
export type EventName = keyof EngineEvents;

export interface LogLine {
  readonly level: Exclude<LogLevel, 'off'>;
  /** Redacted already: no query strings, credentials or cookies. */
  readonly message: string;
  readonly taskId: TaskId | null;
}

/** The file `engine.json` in the state folder by which clients find a running engine. Readable by its owner only. */
export const Rendezvous = v.object({
  /** Unix socket or named pipe. */
  socket: v.string(),
  pid: v.number(),
  /** The machine and namespace in which that is its process id (`ownPlace`); missing: this one. */
  place: v.exactOptional(v.string()),
  protocolVersion: v.number(),
  engineVersion: v.string(),
  secret: v.string(),
});
export type Rendezvous = v.InferOutput<typeof Rendezvous>;
