import { hostname } from 'node:os';
import * as vscode from 'vscode';
import { DownloadFlow } from './editor/commands/downloadFlow.ts';
import { fileCommands } from './editor/commands/fileCommands.ts';
import { listCommands } from './editor/commands/listCommands.ts';
import { registerCommands } from './editor/commands/registerCommands.ts';
import { reportFailure } from './editor/commands/reportFailure.ts';
import { sourceCommands } from './editor/commands/sourceCommands.ts';
import { taskCommands } from './editor/commands/taskCommands.ts';
import { Downloads } from './editor/downloads.ts';
import { EngineLink } from './editor/engineLink.ts';
import { tellEngineTrouble } from './editor/engineTrouble.ts';
import { keepSettings } from './editor/keepSettings.ts';
import { logEngineLine } from './editor/logChannel.ts';
import { prepareEngine } from './editor/prepareEngine.ts';
import { TaskMirror } from './editor/taskMirror.ts';
import { secretPlace, TaskSecretStore } from './editor/taskSecretStore.ts';
import { hasUnfinishedBusiness } from './editor/unfinishedBusiness.ts';
import { UnseenFailures } from './editor/unseenFailures.ts';
import { UserSettings } from './editor/userSettings.ts';
import { DownloadsView } from './editor/views/downloadsView.ts';
import { LinkDrop } from './editor/views/linkDrop.ts';
import { Notifications } from './editor/views/notifications.ts';
import { PanelHost } from './editor/views/panelHost.ts';
import { StatusBar } from './editor/views/statusBar.ts';

/** Puts the parts together; what they do is in them. Nothing here waits, so that the editor's start is not held up. */
export function activate(context: vscode.ExtensionContext): void {
  const keep = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const stateFolder = context.globalStorageUri.fsPath;
  const version = String(context.extension.packageJSON.version);
  const log = keep(vscode.window.createOutputChannel('Tributary', { log: true }));
  const onFailed = (error: unknown) => reportFailure(error, log);
  const onSecretsFailed = (error: unknown) => log.warn(`The secret storage cannot be used: ${error}`);

  const settings = new UserSettings(log);
  const mirror = new TaskMirror();
  const secrets = new TaskSecretStore(context.secrets, secretPlace(hostname(), stateFolder));
  const link = keep(
    new EngineLink({
      connect: async () => {
        // Loaded when first needed: a window without downloads never pays for it.
        const { connectToEngine } = await import('./editor/engineProcess.ts');
        return connectToEngine({ stateFolder, version, engineScript: context.asAbsolutePath('dist/engine.js') });
      },
      prepare: (engine) =>
        prepareEngine(engine, {
          settings: () => settings.engine(),
          network: () => settings.network(),
          mirror,
          secrets,
          onSecretsFailed,
        }),
    }),
  );
  keep(link.onDidChangeTasks((delta) => mirror.apply(delta)));
  keep(link.onDidLog((line) => logEngineLine(log, line)));
  keep(
    link.onDidDisconnect((error) => {
      log.warn(`${error.code}: ${error.message}`);
      mirror.markDisconnected();
    }),
  );
  keep(link.onDidGiveTrouble((error) => void tellEngineTrouble(error, link)));
  keep(keepSettings(link, settings, log, onFailed));

  const downloads = keep(new Downloads({ link, mirror, secrets, onSecretsFailed }));
  const panel = keep(new PanelHost({ extensionUri: context.extensionUri, mirror, link }));
  const flow = new DownloadFlow({ downloads, memory: context.globalState, revealView: () => view.revealOnce() });
  const drop = new LinkDrop((links) => flow.download(links, null).catch(onFailed));
  const view = keep(new DownloadsView({ mirror, link, drop }));
  const isWatched = () => view.isVisible || panel.isVisible;
  const failures = keep(new UnseenFailures(mirror, isWatched));
  const looked = () => isWatched() && failures.markSeen();
  keep(view.onDidChangeVisibility(looked));
  keep(panel.onDidChangeVisibility(looked));
  keep(new StatusBar(mirror, failures));
  keep(new Notifications({ mirror, downloads, onFailed }));

  const handlers = {
    ...listCommands({ flow, panel, log }),
    ...taskCommands({ link, mirror, selection: () => view.selection }),
    ...fileCommands({ link, mirror }),
    ...sourceCommands({ downloads, mirror }),
  };
  keep(registerCommands(handlers, log));

  // A download may have to go on that was under way when the editor or the machine went down.
  void hasUnfinishedBusiness(context.globalStorageUri).then((has) => has && link.start());
}
