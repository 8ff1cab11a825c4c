import { hostname as nameOfThisMachine } from 'node:os';
import { isLoopback } from '../intake/loopback.ts';

/** Where a request came in. */
export interface OwnAddress {
  /** What the server was told to listen on. */
  readonly host: string;
  /** Where the connection came in. */
  readonly localAddress: string;
}

/**
 * Whether a request's `Host` is one by which this server may be reached: the address that it listens on, `localhost`, or a
 * literal of the loopback. Any other name is one that a web page made its browser look up (DNS rebinding). Off loopback,
 * where the key keeps web pages out, also the name that was given to listen on, or where that is every address, the name of
 * this machine.
 */
export function isOwnHost(host: string, own: OwnAddress): boolean {
  const [, literal, name] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  const hostname = (literal ?? name ?? '').toLowerCase();
  if (hostname === '') return false;
  if (isLoopback(hostname)) return true;
  if (hostname === own.localAddress.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '')) return true;
  return !isLoopback(own.host) && hostname === nameOf(own.host).toLowerCase();
}

function nameOf(host: string): string {
  return /^(?:0\.0\.0\.0|[0:]+)$/.test(host) ? nameOfThisMachine() : host;
}
