/** What a hub puts up with. */
export interface HubLimits {
  /** Past their HELLO. */
  readonly clients: number;
  /** Connections that have not said HELLO; the oldest makes room. */
  readonly strangers: number;
  /** Listed and offered ones. */
  readonly files: number;
  readonly fileBytes: number;
  /** Of all files together, those offered included; the disk may be full before that. */
  readonly totalBytes: number;
  /** Beginnings of files whose upload broke off, and their bytes: the oldest ones go. */
  readonly parts: number;
  readonly partBytes: number;
  /** Uploads of one client that run or wait. */
  readonly offersPerClient: number;
  /** Uploads that have a port, or an offer that is about to get one; the others wait. No client takes more than it leaves. */
  readonly uploads: number;
  readonly uploadsPerClient: number;
  /** Of these, whose bytes are taken at the same time: a MiB of memory and a thread each. Others are connected and wait. */
  readonly receiving: number;
  /** Slower than that over such a time, an upload gives its place up when others wait. What it has brought stays. */
  readonly slowBytesPerSecond: number;
  readonly slowMs: number;
  /** Downloads that have a port, of everybody together. No client takes more than it leaves. */
  readonly downloads: number;
  readonly downloadsPerClient: number;
  /** Messages of one client: so many at once, and then so many a second. */
  readonly messageBurst: number;
  readonly messagesPerSecond: number;
}

export const DEFAULT_HUB_LIMITS: HubLimits = {
  clients: 256,
  strangers: 128,
  files: 10_000,
  fileBytes: 1024 ** 4,
  totalBytes: 16 * 1024 ** 4,
  parts: 1000,
  partBytes: 1024 ** 4,
  offersPerClient: 1000,
  uploads: 512,
  uploadsPerClient: 64,
  receiving: 32,
  slowBytesPerSecond: 4096,
  slowMs: 5000,
  downloads: 512,
  downloadsPerClient: 64,
  messageBurst: 2000,
  messagesPerSecond: 200,
};
