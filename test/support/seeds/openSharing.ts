import { DEFAULT_SEED_SETTINGS, type SeedSettings } from '../../../src/contract/seedApi.ts';
import { Sharing } from '../../../src/engine/seeds/sharing.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import type { Scope } from '../scope.ts';

export interface OpenSharing {
  readonly sharing: Sharing;
  readonly port: number;
  readonly origin: string;
}

/** Our own seed in this process, on a port that is free. */
export async function openSharing(
  scope: Scope,
  paths: readonly string[],
  settings: Partial<SeedSettings> = {},
): Promise<OpenSharing> {
  const sharing = new Sharing({ clock: systemClock, log: () => {} }, { digestsPath: null, ports: [0] });
  scope.defer(() => sharing.close());
  await sharing.configure({ ...DEFAULT_SEED_SETTINGS, ...settings });
  for (const path of paths) await sharing.share(path);
  const port = sharing.endpoint?.port ?? 0;
  return { sharing, port, origin: `http://127.0.0.1:${port}` };
}
