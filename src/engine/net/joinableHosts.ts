import { networkInterfaces } from 'node:os';

/** Hosts by which what listens there can be reached from outside; the address itself unless it stands for all. */
export function joinableHosts(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return addresses.flatMap(({ internal, family, address }) => (internal || family !== 'IPv4' ? [] : [address]));
}
