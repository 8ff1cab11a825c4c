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
  const { tasks } = await engine.request('list', undefined);
  const sent = await sendSecrets(engine, preparation, new Set(tasks.map((task) => task.id)));
  // What waited for its secrets goes on by now, and should not be seen waiting.
  preparation.mirror.replaceAll(sent ? (await engine.request('list', undefined)).tasks : tasks);
}

/** Whether any were sent. */
async function sendSecrets(
  engine: LinkedEngine,
  { secrets, onSecretsFailed }: EnginePreparation,
  listed: ReadonlySet<string>,
): Promise<boolean> {
  let sent = false;
  try {
    for (const id of await secrets.ids()) {
      if (!listed.has(id)) {
        await secrets.forget(id);
        continue;
      }
      const kept = await secrets.get(id);
      if (!kept) continue;
      await engine.request('provideSecrets', { id, secrets: kept });
      sent = true;
    }
  } catch (error) {
    // A locked or missing key ring: only the tasks that need their secrets wait.
    onSecretsFailed(error);
  }
  return sent;
}
