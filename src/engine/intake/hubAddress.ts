import { TributaryError } from '../../contract/errors.ts';
import type { Address } from './address.ts';

export const DEFAULT_HUB_PORT = 8090;

/** Where a hub is, as people write it. */
export interface HubAddress {
  readonly host: string;
  readonly port: number;
  /** Null: none was given. */
  readonly key: string | null;
}

const FID = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i;

/**
 * `hub://host:port/<fid>`, with the key as the password of its user info (`hub://:key@host:port/<fid>`). The key is never a
 * part of what is shown or kept.
 * @throws TributaryError `bad-option`
 */
export function parseHubLink(text: string): Address {
  const url = readUrl(text.trim());
  const fid = url?.pathname.slice(1) ?? '';
  if (url === null || !FID.test(fid) || url.search !== '')
    throw new TributaryError('bad-option', {
      what: `"${shown(text)}" is not the address of a file on a hub; write hub://host:port/<fid>.`,
    });
  const { host, port, key } = placeOf(url, text);
  const plain = `hub://${host}:${port}/${fid}`;
  return { kind: 'hub', url: plain, display: plain, host: `${host}:${port}`, authorization: key, privateQuery: false };
}

/**
 * A hub itself: `host`, `host:port`, `hub://host:port`, with or without a key.
 * @throws TributaryError `bad-option`
 */
export function parseHubAddress(text: string): HubAddress {
  const trimmed = text.trim().replace(/\/+$/, '');
  const url = readUrl(/^hub:\/\//i.test(trimmed) ? trimmed : `hub://${trimmed}`);
  const path = url?.pathname ?? '/';
  if (url === null || (path !== '' && path !== '/') || url.search !== '' || url.hash !== '')
    throw new TributaryError('bad-option', { what: `"${shown(text)}" is no hub; write host:port.` });
  return placeOf(url, text);
}

/** The link with that key in it, when it is one of a file on a hub and has none of its own. */
export function withHubKey(text: string, key: string | null): string {
  if (key === null || !/^\s*hub:/i.test(text) || parseHubLink(text).authorization !== null) return text;
  return parseHubLink(text).url.replace(/^hub:\/\//, `hub://:${encodeURIComponent(key)}@`);
}

/** The link of a file on a hub; without the key. */
export function hubLink(hub: { readonly host: string; readonly port: number }, fid: string): string {
  return `hub://${hub.host}:${hub.port}/${fid}`;
}

/** By the rules of http for the host: the scheme's own would take anything. */
function readUrl(text: string): URL | null {
  const rest = /^hub:\/\/(.+)$/is.exec(text)?.[1];
  if (rest === undefined || /[\s\\]/.test(rest)) return null;
  try {
    return new URL(`http://${rest}`);
  } catch {
    return null;
  }
}

function placeOf(url: URL, text: string): HubAddress {
  // The parser leaves out the usual port of the scheme it knows.
  const port = url.port === '' ? (/:80(?:\/|$)/.test(afterUserInfo(text)) ? 80 : DEFAULT_HUB_PORT) : Number(url.port);
  if (port === 0) throw new TributaryError('bad-option', { what: 'A hub has a port from 1 to 65535.' });
  const key = url.password || url.username;
  return { host: url.hostname, port, key: key === '' ? null : decodeOnce(key) };
}

function afterUserInfo(text: string): string {
  return text
    .trim()
    .replace(/^hub:\/\//i, '')
    .replace(/^[^/]*@/, '');
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Never the key: all before the last @ is cut. */
function shown(text: string): string {
  const hidden = text.includes('@') ? `…${text.slice(text.lastIndexOf('@'))}` : text;
  return hidden.trim().slice(0, 80);
}
