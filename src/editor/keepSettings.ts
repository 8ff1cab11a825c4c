import * as vscode from 'vscode';
import type { EngineSettings, NetworkSettings } from '../contract/settings.ts';
import { type Disposable, DisposableList } from '../kit/disposables.ts';
import type { EngineLink } from './engineLink.ts';
import { engineSettings, networkSettings } from './engineSettings.ts';
import { engineLogLevel } from './logChannel.ts';

function read(key: string): unknown {
  return vscode.workspace.getConfiguration().get(key);
}

/** What the user has set now. */
export function currentSettings(log: vscode.LogOutputChannel): EngineSettings {
  return engineSettings(read, engineLogLevel(log.logLevel));
}

export function currentNetwork(): NetworkSettings {
  return networkSettings(read);
}

/** Tells a running engine of every change of its settings; one that is started later gets them at its start. */
export function keepSettings(
  link: EngineLink,
  log: vscode.LogOutputChannel,
  onFailed: (error: unknown) => void,
): Disposable {
  const kept = new DisposableList();
  const configure = () => link.requestIfConnected('configure', currentSettings(log)).catch(onFailed);
  kept.add(log.onDidChangeLogLevel(configure));
  kept.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('tributary')) void configure();
      if (event.affectsConfiguration('http')) {
        link.requestIfConnected('network', currentNetwork()).catch(onFailed);
      }
    }),
  );
  return kept;
}
