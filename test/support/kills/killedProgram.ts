import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SETTINGS } from '../../../src/contract/settings.ts';
import { ASIDE_PREFIX } from '../../../src/engine/disk/folderNames.ts';
import { PART_SUFFIX, RECORD_SUFFIX } from '../../../src/kit/partNames.ts';
import { spawnEngine, startEngineProcess } from '../engineProcess.ts';
import { startCli } from '../runCli.ts';
import type { Scope } from '../scope.ts';
import { tempFolder } from '../tempFolder.ts';

/** One download by a program that is killed and started again until it is done. */
export interface KilledProgram {
  readonly kind: 'engine' | 'get';
  /** Where the file lands. */
  readonly folder: string;
  readonly targetPath: string;
  /** Everything is done and tidied up. */
  isDone(): boolean;
  /** Where it writes: the folder of the file, and where an engine keeps its tasks. */
  readonly watched: readonly string[];
  /** @param onSpawn called before the program does anything with the file */
  start(onSpawn: (child: ChildProcess) => void): Promise<void>;
}

export interface KilledProgramInit {
  /** Its last segment is the file's name. */
  readonly address: string;
  readonly lanes: number;
}

/** `tributary get`, for which the same command again is to go on. */
export function killedGet(scope: Scope, { address, lanes }: KilledProgramInit): KilledProgram {
  const folder = tempFolder(scope);
  const data = tempFolder(scope);
  const env = { XDG_DATA_HOME: data, HOME: data, LOCALAPPDATA: data };
  const args = ['get', '--quiet', '--exists', 'skip', '-c', String(lanes), address];
  return {
    kind: 'get',
    ...placeOf(folder, address),
    watched: [folder],
    start: (onSpawn) => {
      onSpawn(startCli(scope, args, { cwd: folder, env }).child);
      return Promise.resolve();
    },
  };
}

/** The engine, which is to go on by itself once the task was given to it. */
export function killedEngine(scope: Scope, { address, lanes }: KilledProgramInit): KilledProgram {
  const folder = tempFolder(scope);
  const stateFolder = join(tempFolder(scope), 'state');
  const tasks = join(stateFolder, 'tasks');
  mkdirSync(tasks, { recursive: true, mode: 0o700 });
  let added = false;
  return {
    kind: 'engine',
    ...placeOf(folder, address),
    watched: [folder, tasks],
    start: async (onSpawn) => {
      if (added) {
        onSpawn(spawnEngine(scope, { stateFolder }));
        return;
      }
      const engine = await startEngineProcess(scope, { stateFolder, folder });
      const client = await engine.client();
      await client.request('configure', { ...DEFAULT_SETTINGS, lanesPerTask: lanes });
      const known = client.tasks.size > 0;
      onSpawn(engine.child);
      // Killed while it answered: whether it knows the task is seen the next time.
      added = known || (await client.add(address).then(...([() => true, () => false] as const)));
    },
  };
}

function placeOf(folder: string, address: string): Pick<KilledProgram, 'folder' | 'targetPath' | 'isDone'> {
  const targetPath = join(folder, new URL(address).pathname.split('/').at(-1) ?? '');
  return {
    folder,
    targetPath,
    isDone: () =>
      existsSync(targetPath) &&
      !existsSync(targetPath + PART_SUFFIX) &&
      !existsSync(targetPath + RECORD_SUFFIX) &&
      // A small file has a second name until the task is written down as complete.
      !readdirSync(folder).some((name) => name.startsWith(ASIDE_PREFIX)),
  };
}
