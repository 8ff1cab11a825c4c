import { basename, dirname, resolve } from 'node:path';
import { MAX_MIRRORS } from '../contract/engineApi.ts';
import { TributaryError } from '../contract/errors.ts';
import { DEFAULT_SEED_SETTINGS, type SeedSettings } from '../contract/seedApi.ts';
import {
  DEFAULT_IPFS,
  DEFAULT_NETWORK,
  DEFAULT_SETTINGS,
  type EngineSettings,
  type ExistsPolicy,
  type IpfsSettings,
  type LogLevel,
  type NetworkSettings,
} from '../contract/settings.ts';
import { parseAddress } from '../engine/intake/address.ts';
import { formatChecksum, parseChecksum } from '../engine/intake/checksum.ts';
import { withHubKey } from '../engine/intake/hubAddress.ts';
import { parseRate } from '../kit/parseRate.ts';
import { parseAddressList, type WantedFile } from './addressList.ts';
import { parseHeaders } from './parseHeaders.ts';
import { parsePorts } from './portList.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly state?: string;
  readonly log?: LogLevel;
}

/** The options of `get` as the parser hands them over. */
export interface GetOptions extends CommonOptions {
  readonly output?: string;
  readonly dir?: string;
  readonly mirror?: readonly string[];
  readonly connections?: string;
  readonly parallel?: string;
  readonly checksum?: string;
  readonly limit?: string;
  readonly header?: readonly string[];
  readonly input?: string;
  readonly exists?: ExistsPolicy;
  readonly proxy?: string;
  readonly ca?: string;
  readonly ports?: string;
  readonly peer?: readonly string[];
  readonly gateway?: readonly string[];
  readonly bootstrap?: readonly string[];
  readonly public?: boolean;
  readonly json?: boolean;
  readonly events?: boolean;
  readonly quiet?: boolean;
}

/** `--checksum auto`: what servers say or have in a file beside it, instead of a digest that the user knows. */
const CHECKSUM_AUTO = 'auto';

/** What a `get` is going to do, checked as far as it can be without the network. */
export interface GetPlan {
  readonly files: readonly WantedFile[];
  /** Further addresses of the one file, best first. */
  readonly mirrors: readonly string[];
  /** Absolute. */
  readonly folder: string;
  /** Null: the server's or the link's. */
  readonly fileName: string | null;
  readonly exists: ExistsPolicy;
  readonly headers: Readonly<Record<string, string>>;
  readonly settings: EngineSettings;
  readonly network: NetworkSettings;
  /** Null: as everybody has them. */
  readonly seeds: SeedSettings | null;
}

/**
 * @param listText text of the file given with `-i`; null without one
 * @param cwd folder that relative paths start from
 * @throws TributaryError of the category `usage`
 */
export function planGet(
  addresses: readonly string[],
  options: GetOptions,
  listText: string | null,
  cwd: string,
): GetPlan {
  const mirrors = options.mirror ?? [];
  const files = [
    ...addresses.map((address): WantedFile => ({ address, checksum: null })),
    ...(listText === null ? [] : parseAddressList(listText)),
  ];
  if (files.length === 0) throw badOption(listText === null ? 'No address was given.' : 'The list holds no address.');
  // All of them before the first byte is fetched: a typing error should not show up after an hour.
  for (const address of [...files.map((file) => file.address), ...mirrors]) parseAddress(address);
  if (mirrors.length > MAX_MIRRORS) throw badOption(`-m can be given ${MAX_MIRRORS} times at most.`);
  const looksForChecksums = options.checksum === CHECKSUM_AUTO;
  if (files.length > 1) {
    if (mirrors.length > 0) throw badOption('-m takes one address only: it is another source of the same file.');
    if (options.output !== undefined) throw badOption('-o takes one address only; use -d for the folder of several.');
    if (options.checksum !== undefined && !looksForChecksums) {
      throw badOption('--checksum takes one address only; in a list (-i) each address may have its own behind it.');
    }
  }
  const given =
    options.checksum === undefined || looksForChecksums ? null : formatChecksum(parseChecksum(options.checksum));
  return {
    files: given === null ? files : files.map((file) => ({ ...file, checksum: given })),
    mirrors,
    ...placeOf(options, cwd),
    exists: options.exists ?? 'rename',
    headers: parseHeaders(options.header ?? []),
    seeds:
      options.ports === undefined ? null : { ...DEFAULT_SEED_SETTINGS, ports: parsePorts('--ports', options.ports) },
    settings: {
      ...DEFAULT_SETTINGS,
      parallelTasks: integer('-j', options.parallel, DEFAULT_SETTINGS.parallelTasks),
      lanesPerTask: integer('-c', options.connections, DEFAULT_SETTINGS.lanesPerTask),
      limitBytesPerSecond: options.limit === undefined ? 0 : rateLimit(options.limit),
      findChecksums: looksForChecksums,
      logLevel: options.log ?? 'off',
      ipfs: ipfsSettings(options),
    },
    network: {
      ...DEFAULT_NETWORK,
      ...(options.proxy === undefined ? {} : { proxy: proxyLink(options.proxy) }),
      ...(options.ca === undefined ? {} : { caFile: resolve(cwd, options.ca) }),
    },
  };
}

/** The same plan with that key for every hub whose address has none. @param key null: none is known */
export function withHubKeys(plan: GetPlan, key: string | null): GetPlan {
  return {
    ...plan,
    files: plan.files.map((file) => ({ ...file, address: withHubKey(file.address, key) })),
    mirrors: plan.mirrors.map((mirror) => withHubKey(mirror, key)),
  };
}

function placeOf({ output, dir }: GetOptions, cwd: string): Pick<GetPlan, 'folder' | 'fileName'> {
  const folder = resolve(cwd, dir ?? '.');
  if (output === undefined) return { folder, fileName: null };
  if (output === '' || /(?:^|[\\/])\.{0,2}$/.test(output)) {
    throw badOption(`-o "${output}" names no file; use -d for a folder.`);
  }
  const target = resolve(folder, output);
  return { folder: dirname(target), fileName: basename(target) };
}

function integer(option: string, text: string | undefined, preset: number): number {
  if (text === undefined) return preset;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 64) {
    throw badOption(`${option} takes a number from 1 to 64, not "${text}".`);
  }
  return value;
}

function proxyLink(text: string): string {
  const link = text.includes('://') ? text : `http://${text}`;
  if (!/^https?:\/\/./i.test(link) || !URL.canParse(link)) {
    // What was given may hold a password and is not repeated.
    throw badOption('--proxy takes http://host:port or https://host:port.');
  }
  return link;
}

function ipfsSettings(options: GetOptions): IpfsSettings {
  const gateways = [...(options.gateway ?? [])];
  for (const gateway of gateways) {
    if (!/^https?:\/\/./i.test(gateway) || !URL.canParse(gateway))
      throw badOption(`--gateway takes http://host:port or https://host, not "${gateway}".`);
  }
  return {
    ...DEFAULT_IPFS,
    peers: [...(options.peer ?? [])],
    gateways,
    bootstrap: [...(options.bootstrap ?? [])],
    network: options.public === true ? 'public' : 'private',
  };
}

function badOption(what: string): TributaryError {
  return new TributaryError('bad-option', { what });
}

/** @throws TributaryError `bad-option` */
function rateLimit(text: string): number {
  const bytesPerSecond = parseRate(text);
  if (bytesPerSecond !== null) return bytesPerSecond;
  throw new TributaryError('bad-option', {
    what: `"${text}" is not a speed; write bytes per second as 500k, 20M or 1.5M.`,
  });
}
