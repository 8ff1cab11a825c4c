/** An address as it is compared: IPv4 in its IPv6 clothes is IPv4. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}
