import { BlockList, isIP } from 'node:net';
import type { Multiaddr } from '@multiformats/multiaddr';

/** Addresses of this machine and of local networks (RFC 1918, 3927, 6598, 4193, 4291). */
const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('10.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('172.16.0.0', 12, 'ipv4');
LOCAL.addSubnet('192.168.0.0', 16, 'ipv4');
LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LOCAL.addSubnet('100.64.0.0', 10, 'ipv4');
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addSubnet('fc00::', 7, 'ipv6');
LOCAL.addSubnet('fe80::', 10, 'ipv6');

/** Whether an address leads no further than to a local network. Names do not tell, and count as public. */
export function isLocalAddress(address: Multiaddr): boolean {
  const [first] = address.getComponents();
  const host = first?.value ?? '';
  const family = isIP(host);
  return family !== 0 && LOCAL.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** The address without the peer id behind it: the way to a machine. */
function wayOf(address: Multiaddr): string {
  return address.toString().replace(/\/p2p\/[^/]+$/, '');
}

/**
 * Who may be dialled. In a private network nobody outside of the local networks, unless the user has named that very
 * address: what a DHT or a peer tells is not believed.
 */
export class DialGate {
  readonly #isPublic: boolean;
  readonly #named = new Set<string>();

  constructor(init: { network: 'private' | 'public' }) {
    this.#isPublic = init.network === 'public';
  }

  /** The user has given this address. */
  allow(address: Multiaddr): void {
    this.#named.add(wayOf(address));
  }

  refuses(address: Multiaddr): boolean {
    return !this.#isPublic && !isLocalAddress(address) && !this.#named.has(wayOf(address));
  }
}
