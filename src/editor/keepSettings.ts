import * as vscode from 'vscode';
import { type Disposable, DisposableList } from '../kit/disposables.ts';
import type { EngineLink } from './engineLink.ts';
import type { Seeds } from './seeds/seeds.ts';
import type { UserSettings } from './userSettings.ts';

/** Tells a running engine of every change of its settings; one that is started later gets them at its start. */
export function keepSettings(
  link: EngineLink,
  settings: UserSettings,
  log: vscode.LogOutputChannel,
  onFailed: (error: unknown) => void,
  seeds: Pick<Seeds, 'configure'>,
): Disposable {
  const kept = new DisposableList();
  const configure = () => link.requestIfConnected('configure', settings.engine()).catch(onFailed);
  kept.add(log.onDidChangeLogLevel(configure));
  kept.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('tributary')) void configure();
      if (event.affectsConfiguration('tributary.seeds')) void seeds.configure().catch(onFailed);
      if (event.affectsConfiguration('http')) {
        link.requestIfConnected('network', settings.network()).catch(onFailed);
      }
    }),
  );
  return kept;
}
