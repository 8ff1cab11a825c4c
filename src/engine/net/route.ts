import type { SecureContext } from 'node:tls';
import { TributaryError } from '../../contract/errors.ts';
import type { NetworkSettings } from '../../contract/settings.ts';
import { trustedContext } from './certificates.ts';
import { chooseProxy, type Environment } from './proxy.ts';

export interface TlsTerms {
  readonly context: SecureContext;
  /** False: any certificate will do. Only ever for a proxy (`http.proxyStrictSSL`). */
  readonly verified: boolean;
}

export interface Endpoint {
  /** A name in its ASCII form, or an address; one of IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Null: not TLS. */
  readonly tls: TlsTerms | null;
}

export interface ForwardProxy extends Endpoint {
  /** As messages show it: no user info. */
  readonly host: string;
  /** Value of `Proxy-Authorization`: a secret. */
  readonly authorization: string | null;
}

/** The way to the origin of a link. */
export interface Route {
  /** The same for links whose connections can serve each other. */
  readonly key: string;
  /** The origin as messages show it. */
  readonly host: string;
  readonly origin: Endpoint;
  /** Null: a direct connection. */
  readonly proxy: ForwardProxy | null;
}

/** @throws TributaryError `proxy-unsupported`; `bad-option` when the settings name authorities that cannot be read */
export function routeTo(url: URL, settings: NetworkSettings, env: Environment): Route {
  const chosen = chooseProxy(url, settings, env);
  const proxy = chosen === null ? null : readProxy(chosen, settings);
  const terms = url.protocol === 'https:' ? { context: trustedContext(settings.caFile), verified: true } : null;
  return {
    key: proxy === null ? url.origin : `${url.origin} through ${proxy.tls === null ? 'http' : 'https'}://${proxy.host}`,
    host: url.host,
    origin: endpointOf(url, terms),
    proxy,
  };
}

/** A secure origin behind a proxy is reached through a tunnel (CONNECT). */
export function tunnels(route: Route): boolean {
  return route.proxy !== null && route.origin.tls !== null;
}

/** The proxy that a request is handed to, to be passed on (RFC 9112 §3.2.2): plain links only. Null: the origin itself gets it. */
export function forwarder(route: Route): ForwardProxy | null {
  return tunnels(route) ? null : route.proxy;
}

/** What such a proxy wants besides what is meant for the origin. */
export function forwardHeaders(route: Route): Record<string, string> {
  const authorization = forwarder(route)?.authorization ?? null;
  return authorization === null ? {} : { 'proxy-authorization': authorization };
}

/** What stands in the request line: the path as it was given; the URL parser has only escaped what must not stand there. */
export function requestTarget(url: URL, route: Route): string {
  return `${forwarder(route) === null ? '' : url.origin}${url.pathname}${url.search}`;
}

function endpointOf(url: URL, terms: TlsTerms | null): Endpoint {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { hostname: url.hostname.replace(/^\[|\]$/g, ''), port, tls: terms };
}

function readProxy(address: string, settings: NetworkSettings): ForwardProxy {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TributaryError('proxy-unsupported', { proxy: url?.host || 'of the settings' });
  }
  const authorization = settings.proxyAuthorization ?? userInfoOf(url);
  // A line break would smuggle in another header.
  if (authorization !== null && !/^[\t\x20-\x7e\x80-\xff]*$/.test(authorization)) {
    throw new TributaryError('bad-option', { what: 'The proxy authorization holds characters that cannot be sent.' });
  }
  const terms =
    url.protocol === 'https:' ? { context: trustedContext(settings.caFile), verified: settings.proxyStrictSSL } : null;
  return { ...endpointOf(url, terms), host: url.host, authorization };
}

/** As `Proxy-Authorization` wants it (RFC 7617). */
function userInfoOf(url: URL): string | null {
  if (url.username === '' && url.password === '') return null;
  const text = `${decoded(url.username)}:${decoded(url.password)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

/** A lone percent sign in a password is meant as one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
