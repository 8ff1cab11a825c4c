import { TributaryError } from '../contract/errors.ts';

/**
 * Where a server is to listen, by `--host`. An address of IPv6 may come in brackets, as it stands in links.
 * @throws TributaryError `bad-option`: no host at all would be every address of the machine
 */
export function parseHost(text: string): string {
  const host = text.trim().replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw new TributaryError('bad-option', { what: '--host takes an address of this machine.' });
  return host;
}
