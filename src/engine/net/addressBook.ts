import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';

const MAX_REMEMBERED = 1000;

/**
 * Looks names up, and puts the address family first that answered last at this host. Where IPv6 leads nowhere, the first
 * connection finds that out, and its sixteen siblings do not have to. Within a family the order is the system's, so a
 * name with many addresses spreads the connections as it wants to.
 */
export class AddressBook {
  readonly #lookup: LookupFunction;
  readonly #answered = new Map<string, number>();

  /** @param components.lookup @default the system's */
  constructor(components: { lookup?: LookupFunction } = {}) {
    this.#lookup = components.lookup ?? systemLookup;
  }

  /** As `net.connect` wants it. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#lookup(hostname, options, (error, found, family) => {
      if (error === null && Array.isArray(found)) callback(null, this.#inOrder(hostname, found));
      else callback(error, found, family);
    });
  };

  /** To be called with each connection that stands. */
  connected(hostname: string, socket: Socket): void {
    if (this.#answered.size >= MAX_REMEMBERED) this.#answered.clear();
    this.#answered.set(hostname, socket.remoteFamily === 'IPv6' ? 6 : 4);
  }

  #inOrder(hostname: string, found: readonly LookupAddress[]): LookupAddress[] {
    const first = this.#answered.get(hostname);
    if (first === undefined) return [...found];
    return [...found.filter(({ family }) => family === first), ...found.filter(({ family }) => family !== first)];
  }
}
