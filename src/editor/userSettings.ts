import * as vscode from 'vscode';
import type { EngineSettings, NetworkSettings } from '../contract/settings.ts';
import { engineSettings, networkSettings } from './engineSettings.ts';
import { engineLogLevel } from './logChannel.ts';
import { ToldProblems } from './settingProblems.ts';

/** What the user has set, read anew each time. What makes no sense is told in the log, once as long as it stands there. */
export class UserSettings {
  readonly #log: vscode.LogOutputChannel;
  readonly #told = new ToldProblems();

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  engine(): EngineSettings {
    const problems = new Set<string>();
    const settings = engineSettings(read, engineLogLevel(this.#log.logLevel), (problem) => problems.add(problem));
    for (const problem of this.#told.take(problems)) this.#log.warn(problem);
    return settings;
  }

  network(): NetworkSettings {
    return networkSettings(read);
  }
}

function read(key: string): unknown {
  return vscode.workspace.getConfiguration().get(key);
}
