import type { EngineSettings, NetworkSettings } from '../contract/settings.ts';
import type { LinkedEngine } from './engineLink.ts';
import type { TaskMirror } from './taskMirror.ts';
import type { TaskSecretStore } from './taskSecretStore.ts';

export interface EnginePreparation {
  readonly settings: () => EngineSettings;
  readonly network: () => NetworkSettings;
  readonly mirror: TaskMirror;
  readonly secrets: TaskSecretStore;
  readonly onSecretsFailed: (error: unknown) => void;
}

/** Tells a fresh engine all that it keeps in memory only, and takes over its list. */
export async function prepareEngine(engine: LinkedEngine, preparation: EnginePreparation): Promise<void> {
  // The network first: a task that goes on at once would otherwise start without its proxy.
  await engine.request('network', preparation.network());
  await engine.request('configure', preparation.settings());
  const known = await engine.request('list', undefined);
  await sendSecrets(engine, preparation, new Set(known.tasks.map((task) => task.id)));
  // Asked for again: what waited for its secrets goes on by now, and whatever changed since the first list was told to a
  // mirror that did not listen yet. Between this answer and the mirror nothing may be awaited.
  preparation.mirror.replaceAll((await engine.request('list', undefined)).tasks);
}

async function sendSecrets(
  engine: LinkedEngine,
  { secrets, onSecretsFailed }: EnginePreparation,
  listed: ReadonlySet<string>,
): Promise<void> {
  try {
    for (const id of await secrets.ids()) {
      if (!listed.has(id)) {
        await secrets.forget(id);
        continue;
      }
      const kept = await secrets.get(id);
      if (!kept) continue;
      await engine.request('provideSecrets', { id, secrets: kept });
    }
  } catch (error) {
    // A locked or missing key ring: only the tasks that need their secrets wait.
    onSecretsFailed(error);
  }
}
