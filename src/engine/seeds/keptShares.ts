import { join } from 'node:path';
import * as v from 'valibot';
import { DEFAULT_SEED_SETTINGS, SeedSettings } from '../../contract/seedApi.ts';
import { readJson, writeJson } from '../disk/jsonFile.ts';
import type { Share } from '../share/sharedFiles.ts';

const Kept = v.object({
  version: v.literal(1),
  /** Without the key: that is a secret. */
  settings: SeedSettings,
  shares: v.array(v.object({ id: v.string(), kind: v.picklist(['folder', 'file']), path: v.string() })),
});

/** What of the seeds outlives an engine: what was shared is shared again, by the same rules. */
export interface KeptShares {
  readonly settings: SeedSettings;
  readonly shares: readonly Share[];
}

/** `shares.json`; nothing is shared when it is missing or torn. */
export async function loadShares(stateFolder: string | null): Promise<KeptShares> {
  const parsed = stateFolder === null ? null : v.safeParse(Kept, await readJson(join(stateFolder, 'shares.json')));
  return parsed?.success ? parsed.output : { settings: DEFAULT_SEED_SETTINGS, shares: [] };
}

/** @throws TributaryError of the disk */
export async function saveShares(stateFolder: string | null, { settings, shares }: KeptShares): Promise<void> {
  if (stateFolder === null) return;
  const kept = { version: 1, settings: { ...settings, key: null }, shares };
  await writeJson(join(stateFolder, 'shares.json'), kept, { durable: false });
}
