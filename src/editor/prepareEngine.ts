import type { TaskSecrets } from '../contract/engineApi.ts';
import { TributaryError } from '../contract/errors.ts';
import type { EngineSettings, NetworkSettings } from '../contract/settings.ts';
import type { TaskId } from '../contract/task.ts';
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
  // Before the list: what another window adds and keeps from now on is none of a download that is gone.
  const kept = await keptIds(preparation);
  const known = await engine.request('list', undefined);
  await sendSecrets(engine, preparation, kept, new Set(known.tasks.map((task) => task.id)));
  // Asked for again: what waited for its secrets goes on by now, and whatever changed since the first list was told to a
  // mirror that did not listen yet. Between this answer and the mirror nothing may be awaited.
  preparation.mirror.replaceAll((await engine.request('list', undefined)).tasks);
}

/** A locked or missing key ring: only the tasks that need their secrets wait. */
async function keptIds({ secrets, onSecretsFailed }: EnginePreparation): Promise<readonly TaskId[]> {
  try {
    return await secrets.ids();
  } catch (error) {
    onSecretsFailed(error);
    return [];
  }
}

async function sendSecrets(
  engine: LinkedEngine,
  { secrets, onSecretsFailed }: EnginePreparation,
  ids: readonly TaskId[],
  listed: ReadonlySet<TaskId>,
): Promise<void> {
  try {
    await secrets.forget(ids.filter((id) => !listed.has(id)));
    for (const id of ids) {
      const kept = listed.has(id) ? await secrets.get(id) : null;
      if (kept) await provide(engine, id, kept);
    }
  } catch (error) {
    onSecretsFailed(error);
  }
}

/** The others must get theirs also when one is taken off the list in this moment. */
async function provide(engine: LinkedEngine, id: TaskId, secrets: TaskSecrets): Promise<void> {
  try {
    await engine.request('provideSecrets', { id, secrets });
  } catch (error) {
    if (!(error instanceof TributaryError) || error.code !== 'unknown-task') throw error;
  }
}
