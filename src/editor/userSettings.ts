import * as vscode from 'vscode';
import type { SeedSettings } from '../contract/seedApi.ts';
import type { EngineSettings, NetworkSettings } from '../contract/settings.ts';
import { engineSettings, networkSettings } from './engineSettings.ts';
import { type HubSettings, hubSettings } from './hub/hubSettings.ts';
import { engineLogLevel } from './logChannel.ts';
import { seedSettings } from './seeds/seedSettings.ts';
import { ToldProblems } from './settingProblems.ts';

/** What the user has set, read anew each time. What makes no sense is told in the log, once as long as it stands there. */
export class UserSettings {
  readonly #log: vscode.LogOutputChannel;
  readonly #told = new ToldProblems();
  readonly #toldOfSeeds = new ToldProblems();
  readonly #toldOfHubs = new ToldProblems();

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  engine(): EngineSettings {
    const problems = new Set<string>();
    const settings = engineSettings(read, engineLogLevel(this.#log.logLevel), (problem) => problems.add(problem));
    for (const problem of this.#told.take(problems)) this.#log.warn(problem);
    return settings;
  }

  /** @param key see `seedSettings` */
  seeds(key: string | null): SeedSettings {
    const problems = new Set<string>();
    const settings = seedSettings(read, key, (problem) => problems.add(problem));
    for (const problem of this.#toldOfSeeds.take(problems)) this.#log.warn(problem);
    return settings;
  }

  hub(): HubSettings {
    const problems = new Set<string>();
    const settings = hubSettings(read, (problem) => problems.add(problem));
    for (const problem of this.#toldOfHubs.take(problems)) this.#log.warn(problem);
    return settings;
  }

  network(): NetworkSettings {
    return networkSettings(read);
  }
}

function read(key: string): unknown {
  return vscode.workspace.getConfiguration().get(key);
}
