import { TributaryError } from '../contract/errors.ts';
import { DEFAULT_HUB_PORT, parseHubAddress } from '../engine/intake/hubAddress.ts';
import type { HubPlace } from '../engine/net/hubSession.ts';

/**
 * Null: none was given. `TRIBUTARY_HUB_KEY` stands for `--key`, which everybody on the machine can see in the list of processes.
 * @throws TributaryError `bad-option`: whoever gives an empty one means a key, and an unset variable
 */
export function hubKey(option: string | undefined, env: NodeJS.ProcessEnv): string | null {
  if (option === '') throw new TributaryError('bad-option', { what: '--key is empty.' });
  return option ?? (env.TRIBUTARY_HUB_KEY || null);
}

/** The hub that a command means. @throws TributaryError `bad-option` */
export function hubPlace(
  { hub, key }: { readonly hub?: string; readonly key?: string },
  env: NodeJS.ProcessEnv,
): HubPlace {
  const place = parseHubAddress(hub ?? `127.0.0.1:${DEFAULT_HUB_PORT}`);
  return { ...place, key: key === undefined ? (place.key ?? hubKey(key, env)) : hubKey(key, env) };
}
