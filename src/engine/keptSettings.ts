import { join } from 'node:path';
import * as v from 'valibot';
import { DEFAULT_NETWORK, DEFAULT_SETTINGS, EngineSettings, NetworkSettings } from '../contract/settings.ts';
import { readJson, writeJson } from './disk/jsonFile.ts';
import type { KeptHostCap } from './transfer/hostPolicies.ts';

const Kept = v.object({
  settings: EngineSettings,
  /** Without `proxyAuthorization`: that is a secret. */
  network: NetworkSettings,
  needsProxyAuthorization: v.boolean(),
});

const KeptCaps = v.array(v.object({ host: v.string(), lanes: v.number(), expiresMs: v.number() }));

/** `hosts.json`: how many lanes hosts put up with. @returns none when nothing was kept */
export async function loadHostCaps(stateFolder: string | null): Promise<KeptHostCap[]> {
  const parsed = stateFolder === null ? null : v.safeParse(KeptCaps, await readJson(join(stateFolder, 'hosts.json')));
  return parsed?.success ? parsed.output : [];
}

/** @throws TributaryError of the disk */
export async function saveHostCaps(stateFolder: string | null, caps: readonly KeptHostCap[]): Promise<void> {
  if (stateFolder !== null) await writeJson(join(stateFolder, 'hosts.json'), caps, { durable: false });
}

/**
 * `settings.json` in the state folder: what clients last asked for. An engine that was started again goes on with its
 * tasks at once, before any client has told it anything, and must not do that by other rules or past the proxy.
 */
export interface KeptSettings {
  readonly settings: EngineSettings;
  readonly network: NetworkSettings;
  /** The proxy wants a secret that only a client can give. */
  readonly needsProxyAuthorization: boolean;
}

/** The defaults when nothing was kept. */
export async function loadSettings(stateFolder: string | null): Promise<KeptSettings> {
  const parsed = stateFolder === null ? null : v.safeParse(Kept, await readJson(join(stateFolder, 'settings.json')));
  if (parsed?.success) return parsed.output;
  return { settings: DEFAULT_SETTINGS, network: DEFAULT_NETWORK, needsProxyAuthorization: false };
}

/** @throws TributaryError of the disk */
export async function saveSettings(
  stateFolder: string | null,
  settings: EngineSettings,
  network: NetworkSettings,
): Promise<void> {
  if (stateFolder === null) return;
  const kept: KeptSettings = {
    settings,
    network: { ...network, proxy: withoutUserInfo(network.proxy), proxyAuthorization: null },
    needsProxyAuthorization: network.proxyAuthorization !== null || withoutUserInfo(network.proxy) !== network.proxy,
  };
  await writeJson(join(stateFolder, 'settings.json'), kept, { durable: false });
}

/** Up to the last @, as a password may hold one; the scheme may be missing (`chooseProxy`). */
function withoutUserInfo(proxy: string): string {
  return proxy.replace(/^(\s*[a-z][a-z0-9+.-]*:[\\/]+)?.*@/is, '$1');
}
