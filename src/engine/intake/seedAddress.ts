import { TributaryError } from '../../contract/errors.ts';
import { authorityOf } from './authority.ts';
import { isSeedName } from './seedName.ts';

/** Seed 1 listens there; an address that names no port means it. */
export const FIRST_SEED_PORT = 8080;

export interface SeedEndpoint {
  /** A name, or an address; one of IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
}

export interface SeedTarget {
  /** Null: every seed of the settings. */
  readonly endpoint: SeedEndpoint | null;
  /** As the seed lists it. */
  readonly name: string;
}

/** The parts of an address that `parseAddress` tells of every kind. */
export interface ParsedSeedAddress {
  readonly kind: 'seed';
  readonly url: string;
  readonly display: string;
  readonly host: string;
  readonly authorization: string | null;
  readonly privateQuery: false;
}

/**
 * Reads `seed:///<name>` (every seed of the settings that has it) or `seed://[:<key>@]<host>[:<port>]/<name>` (that one).
 * The name may be percent-encoded, as it must be where it holds a percent sign; spaces, `?` and `#` are parts of it.
 * @throws TributaryError `not-a-link`, `bad-option` (a key that cannot be sent)
 */
export function parseSeedAddress(text: string): ParsedSeedAddress {
  const [, userInfo, authority = '', rest = ''] = /^seed:\/\/(?:([^/@]*)@)?([^/@]*)\/(.*)$/is.exec(text) ?? [];
  const name = decoded(rest);
  const endpoint = authority === '' ? null : parseEndpoint(authority);
  if (!isSeedName(name) || endpoint === undefined || (endpoint === null && userInfo !== undefined))
    throw new TributaryError('not-a-link', { text: `seed://${authority}/…` });
  const url = seedUrl(endpoint, name);
  return {
    kind: 'seed',
    url,
    display: url,
    host: endpoint === null ? 'the seeds' : authorityOf(endpoint),
    authorization: userInfo === undefined ? null : bearer(userInfo),
    privateQuery: false,
  };
}

/** What the `url` of a parsed address means. */
export function seedTargetOf(url: string): SeedTarget {
  const [, authority = '', name = ''] = /^seed:\/\/([^/]*)\/(.*)$/is.exec(url) ?? [];
  return { endpoint: authority === '' ? null : (parseEndpoint(authority) ?? null), name: decoded(name) };
}

/** Whether an address, as it is displayed, is `seed:///<name>`: which seeds answer to it changes from run to run. */
export function meansEverySeed(display: string): boolean {
  return display.startsWith('seed:///');
}

/** The address of a file; of the seed itself when no name is given. */
export function seedUrl(endpoint: SeedEndpoint | null, name: string | null): string {
  const authority = endpoint === null ? '' : authorityOf(endpoint);
  return name === null ? `seed://${authority}` : `seed://${authority}/${encodeURIComponent(name)}`;
}

/** By which the classic system calls whoever listens there: 8080 is seed 1. */
export function seedNumberOf(port: number): number {
  return port - FIRST_SEED_PORT + 1;
}

/** `undefined`: it is none. */
function parseEndpoint(authority: string): SeedEndpoint | undefined {
  if (!URL.canParse(`http://${authority}/`) || /[\s\\?#]/.test(authority)) return undefined;
  const port = Number(/:(\d+)$/.exec(authority)?.[1] ?? FIRST_SEED_PORT);
  const hostname = new URL(`http://${authority}/`).hostname.replace(/^\[|\]$/g, '');
  return port === 0 ? undefined : { hostname, port };
}

function bearer(userInfo: string): string {
  const key = decoded(userInfo.slice(userInfo.indexOf(':') + 1));
  if (!/^[\x21-\x7e]{1,512}$/.test(key))
    throw new TributaryError('bad-option', { what: 'The key in the address holds characters that cannot be sent.' });
  return `Bearer ${key}`;
}

/** A stray percent sign is one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
