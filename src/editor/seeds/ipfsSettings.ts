/** `tributary.ipfs.*` as the engine wants it. Pure; what makes no sense counts as not set, and is told. */
import * as v from 'valibot';
import { DEFAULT_IPFS, IpfsSettings } from '../../contract/settings.ts';
import { parseRate } from '../../kit/parseRate.ts';
import { SETTINGS } from '../contributions.ts';
import { type ReadSetting, sensibleSettings } from '../sensibleSettings.ts';
import type { TellProblem } from '../settingProblems.ts';

type Field = keyof IpfsSettings;

export function ipfsSettings(read: ReadSetting, tell: TellProblem = () => {}): IpfsSettings {
  const sensible = sensibleSettings(read, tell);
  /** The engine would refuse it with all other settings. */
  const checked = <F extends Field>(
    key: string,
    what: string,
    field: F,
    change: (value: unknown) => unknown = (value) => value,
  ): IpfsSettings[F] =>
    sensible(key, what, DEFAULT_IPFS[field], (value) => {
      const parsed = v.safeParse(IpfsSettings.entries[field], change(value));
      return parsed.success ? (parsed.output as IpfsSettings[F]) : null;
    });
  const multiaddrs = 'a list of addresses such as /ip4/192.168.1.7/tcp/4001/p2p/12D3KooW…';
  return {
    network: checked(SETTINGS.ipfsNetwork, '"private" or "public"', 'network'),
    bootstrap: checked(SETTINGS.ipfsBootstrap, multiaddrs, 'bootstrap', trimmed),
    peers: checked(SETTINGS.ipfsPeers, multiaddrs, 'peers', trimmed),
    allowedPeers: checked(SETTINGS.ipfsAllowedPeers, 'a list of peer ids', 'allowedPeers', trimmed),
    gateways: checked(SETTINGS.ipfsGateways, 'a list of links such as https://example.org', 'gateways', trimmed),
    host: checked(SETTINGS.ipfsHost, 'an address to listen on', 'host', (value) =>
      typeof value === 'string' && value.trim() !== '' ? value.trim() : null,
    ),
    port: checked(SETTINGS.ipfsPort, 'a port', 'port'),
    mdns: checked(SETTINGS.ipfsLocalDiscovery, 'true or false', 'mdns'),
    storeBytes: checked(SETTINGS.ipfsStoreSize, 'a size such as 2G', 'storeBytes', (value) =>
      typeof value === 'string' ? parseRate(value) : null,
    ),
    firstByteMs: checked(SETTINGS.ipfsFirstByteSeconds, 'a number of seconds from 0.1 to 60', 'firstByteMs', (value) =>
      typeof value === 'number' ? Math.round(value * 1000) : null,
    ),
  };
}

/** Empty entries are left out. */
function trimmed(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value
    .map((entry: unknown) => (typeof entry === 'string' ? entry.trim() : entry))
    .filter((entry) => entry !== '');
}
