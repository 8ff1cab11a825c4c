/** What a client may set in the engine. Schemas check it at the border; the types follow from them. */
import * as v from 'valibot';

export const ExistsPolicy = v.picklist(['ask', 'rename', 'skip', 'replace']);
/**
 * What to do when the target's name is taken. `rename`: take the next free name, `skip`: keep the file and complete when it
 * is the same (else fail with `file-exists`), `replace`: put the new file in its place when complete, `ask`: fail with
 * `file-exists`, so that a client which can ask, asks.
 */
export type ExistsPolicy = v.InferOutput<typeof ExistsPolicy>;

export const LogLevel = v.picklist(['trace', 'debug', 'info', 'warn', 'error', 'off']);
export type LogLevel = v.InferOutput<typeof LogLevel>;

/** Part of a day in which another limit holds, by the clock of the machine that downloads. */
export const LimitPeriod = v.object({
  /** 0 is Sunday; empty: every day. The day on which the period begins. */
  days: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6))), v.maxLength(7)),
  /** Minutes after midnight. */
  fromMinute: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1439)),
  /** Excluded; not later than `fromMinute`: it ends on the next day. */
  toMinute: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1440)),
  /** Overall; 0 is no limit. */
  bytesPerSecond: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type LimitPeriod = v.InferOutput<typeof LimitPeriod>;

/** One that is none would fail every download by its CID, long after it was given. */
const GatewayLink = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/./i),
  v.maxLength(2048),
  v.check((link) => URL.canParse(link)),
);

/** How files are fetched by their CID and offered to others. */
export const IpfsSettings = v.object({
  /** `private`: a swarm of its own, of this machine and its local networks. `public`: the network that everybody uses. */
  network: v.picklist(['private', 'public']),
  /** Multiaddrs through which other peers are found. */
  bootstrap: v.pipe(v.array(v.pipe(v.string(), v.maxLength(1024))), v.maxLength(64)),
  /** Multiaddrs of peers that are asked for everything. */
  peers: v.pipe(v.array(v.pipe(v.string(), v.maxLength(1024))), v.maxLength(64)),
  /** Peer ids that may connect and are connected with; empty: all. */
  allowedPeers: v.pipe(v.array(v.pipe(v.string(), v.maxLength(256))), v.maxLength(1024)),
  /** http(s) addresses of trustless gateways. */
  gateways: v.pipe(v.array(GatewayLink), v.maxLength(16)),
  /** Address to listen on while files are shared. */
  host: v.pipe(v.string(), v.maxLength(64)),
  /** 0: any free one. */
  port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535)),
  /** Look for peers in the local network, and be found there. */
  mdns: v.boolean(),
  /** Of blocks that are kept beside the downloaded files. */
  storeBytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** How long peers are looked for before a file counts as not to be had. @default 8000 */
  searchMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(600_000))),
  /** How long a peer may take to its first byte. */
  firstByteMs: v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(60_000)),
});
export type IpfsSettings = v.InferOutput<typeof IpfsSettings>;

export const DEFAULT_IPFS: IpfsSettings = {
  network: 'private',
  bootstrap: [],
  peers: [],
  allowedPeers: [],
  gateways: [],
  host: '127.0.0.1',
  port: 0,
  mdns: false,
  storeBytes: 1_000_000_000,
  firstByteMs: 2000,
};

export const EngineSettings = v.object({
  /** Downloads that run at the same time; the rest waits in the queue. @default 3 */
  parallelTasks: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64)),
  /** Most connections of one download. @default 16 */
  lanesPerTask: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64)),
  /** Overall bytes per second; 0 is no limit. @default 0 */
  limitBytesPerSecond: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Host (with its port, when that is not the usual one) to bytes per second, for all downloads together. @default none */
  hostLimits: v.optional(v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))), {}),
  /** The first period that holds now takes the place of `limitBytesPerSecond`. @default none */
  limitSchedule: v.optional(v.pipe(v.array(LimitPeriod), v.maxLength(64)), []),
  /** Most connections to one host, for all downloads together. A single download may have all of them. @default 16 */
  connectionsPerHost: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256)), 16),
  /** Look for a checksum file (`.sha256`, `SHA256SUMS`) beside each file. @default false */
  findChecksums: v.optional(v.boolean(), false),
  /** Empty: the default one, which names a browser and Tributary. @default '' */
  userAgent: v.pipe(v.string(), v.maxLength(1024), v.regex(/^[\t\x20-\x7e\x80-\xff]*$/)),
  /** @default 'info' */
  logLevel: LogLevel,
  /** @default private, nobody known */
  ipfs: v.optional(IpfsSettings, DEFAULT_IPFS),
});
export type EngineSettings = v.InferOutput<typeof EngineSettings>;

export const DEFAULT_SETTINGS: EngineSettings = {
  parallelTasks: 3,
  lanesPerTask: 16,
  limitBytesPerSecond: 0,
  hostLimits: {},
  limitSchedule: [],
  connectionsPerHost: 16,
  findChecksums: false,
  userAgent: '',
  logLevel: 'info',
  ipfs: DEFAULT_IPFS,
};

export const NetworkSettings = v.object({
  /** VS Code's `http.proxySupport`. `off`: never a proxy. `fallback`: the environment's first, then `proxy`. Else `proxy` first. */
  proxySupport: v.picklist(['off', 'on', 'fallback', 'override']),
  /** `http.proxy`; empty: the environment's HTTPS_PROXY, HTTP_PROXY, ALL_PROXY. */
  proxy: v.string(),
  /** `http.noProxy`, in addition to the environment's NO_PROXY. */
  noProxy: v.array(v.string()),
  /** `http.proxyStrictSSL`: whether the proxy's own certificate is checked. Origins are always checked. */
  proxyStrictSSL: v.boolean(),
  /** `http.proxyAuthorization`: sent to the proxy as `Proxy-Authorization`. */
  proxyAuthorization: v.nullable(v.string()),
  /** PEM file of further certificate authorities (`--ca`). */
  caFile: v.nullable(v.string()),
});
export type NetworkSettings = v.InferOutput<typeof NetworkSettings>;

export const DEFAULT_NETWORK: NetworkSettings = {
  proxySupport: 'override',
  proxy: '',
  noProxy: [],
  proxyStrictSSL: true,
  proxyAuthorization: null,
  caFile: null,
};
