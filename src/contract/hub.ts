/** What share hubs look like from outside the engine: plain data, never a key. */
import type { ErrorInfo } from './errors.ts';

/** Host and port, as `127.0.0.1:8090`. */
export type HubAddressText = string;

/** A file that is on a hub. */
export interface HubFile {
  readonly fid: string;
  /** As its uploader calls it; somebody else's text, made safe when it is downloaded. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Null: the hub does not tell it. */
  readonly sha256: string | null;
  readonly uploader: string;
  /** ISO 8601, by the hub's clock. */
  readonly uploadedAt: string;
  /** What `add` takes to download it: `hub://host:port/<fid>`. */
  readonly address: string;
  /** Shared by this user: it can be removed again. */
  readonly mine: boolean;
}

/** A hub that was joined. */
export interface JoinedHub {
  readonly address: HubAddressText;
  /** `waiting`: it is away, and tried again; `key-needed`: `joinHub` with a key goes on. */
  readonly state: 'connecting' | 'joined' | 'waiting' | 'key-needed';
  /** Why it is not joined now. */
  readonly error: ErrorInfo | null;
  /** It runs in this engine. */
  readonly own: boolean;
  readonly files: number;
  /** Who is known to use it: oneself, and whoever has shared a file. An own hub knows all who are connected. */
  readonly members: readonly string[];
}

/** A file on its way to the hub that runs in this engine, from whomever. */
export interface IncomingShare {
  readonly fid: string;
  readonly name: string;
  readonly uploader: string;
  readonly sizeBytes: number;
  readonly receivedBytes: number;
}

/** Who takes a file of the hub that runs in this engine. */
export interface SharedTakers {
  readonly fid: string;
  /** People who are being sent it now. */
  readonly fetching: number;
  /** Those who were sent all of it since the hub was started. */
  readonly served: number;
}

/** The hub that runs in this engine. */
export interface OwnHub {
  /** By which this engine joins it. */
  readonly address: HubAddressText;
  /** By which others can. */
  readonly addresses: readonly HubAddressText[];
  readonly state: 'on' | 'failed' | 'key-needed';
  readonly error: ErrorInfo | null;
  readonly folder: string;
  readonly hasKey: boolean;
  /** Names of those who are connected now; one person may be there twice. */
  readonly members: readonly string[];
  readonly files: number;
  readonly totalBytes: number;
  readonly incoming: readonly IncomingShare[];
  /** Of files that somebody takes or has. */
  readonly takers: readonly SharedTakers[];
}

export type HubUploadStatus =
  | { readonly state: 'queued' }
  /** `waiting`: why it is between two attempts; null while it is not. */
  | { readonly state: 'active'; readonly bytesPerSecond: number; readonly waiting: ErrorInfo | null }
  /** Everything is sent; the hub's digest is awaited. */
  | { readonly state: 'checking' }
  | { readonly state: 'failed'; readonly error: ErrorInfo }
  | { readonly state: 'completed'; readonly finishedAt: number };

/** A file that this engine puts on a hub. */
export interface HubUpload {
  readonly id: string;
  readonly hub: HubAddressText;
  readonly fid: string;
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sentBytes: number;
  readonly createdAt: number;
  readonly status: HubUploadStatus;
}

/** All of it, for a client that has just come. */
export interface HubsSnapshot {
  /** What other members see of this user. */
  readonly name: string;
  readonly own: OwnHub | null;
  readonly joined: readonly JoinedHub[];
  readonly files: readonly { readonly hub: HubAddressText; readonly files: readonly HubFile[] }[];
  readonly uploads: readonly HubUpload[];
}

/** What has become of the files of one hub. */
export interface HubFilesChange {
  readonly hub: HubAddressText;
  /** New for this client. */
  readonly added: readonly HubFile[];
  /** Of those, fids of files that somebody else has just shared, or that came while this engine was away: worth telling. */
  readonly news: readonly string[];
  readonly removed: readonly string[];
}

/** What has changed since the last one; at most 4 a second. */
export interface HubsChange {
  readonly own: OwnHub | null;
  readonly joined: readonly JoinedHub[];
  readonly files: readonly HubFilesChange[];
  /** Those that have changed. */
  readonly uploads: readonly HubUpload[];
  readonly removedUploads: readonly string[];
}
