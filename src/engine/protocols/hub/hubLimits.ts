/** What a hub puts up with. */
export interface HubLimits {
  readonly clients: number;
  /** Listed and offered ones. */
  readonly files: number;
  readonly fileBytes: number;
  /** Of all files together, those offered included; the disk may be full before that. */
  readonly totalBytes: number;
  /** Uploads of one client that run or wait. */
  readonly offersPerClient: number;
  /** Uploads that run at the same time; the others wait for their port. */
  readonly uploads: number;
  readonly uploadsPerClient: number;
  readonly downloadsPerClient: number;
  /** Messages of one client: so many at once, and then so many a second. */
  readonly messageBurst: number;
  readonly messagesPerSecond: number;
}

export const DEFAULT_HUB_LIMITS: HubLimits = {
  clients: 256,
  files: 10_000,
  fileBytes: 1024 ** 4,
  totalBytes: 16 * 1024 ** 4,
  offersPerClient: 1000,
  uploads: 16,
  uploadsPerClient: 4,
  downloadsPerClient: 64,
  messageBurst: 2000,
  messagesPerSecond: 200,
};
