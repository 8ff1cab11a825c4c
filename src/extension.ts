import { hostname } from 'node:os';
import * as vscode from 'vscode';
import { chooseFolder } from './editor/commands/chooseFolder.ts';
import { DownloadFlow } from './editor/commands/downloadFlow.ts';
import { fileCommands } from './editor/commands/fileCommands.ts';
import { listCommands } from './editor/commands/listCommands.ts';
import { registerCommands } from './editor/commands/registerCommands.ts';
import { reportFailure } from './editor/commands/reportFailure.ts';
import { sourceCommands } from './editor/commands/sourceCommands.ts';
import { taskCommands } from './editor/commands/taskCommands.ts';
import { CONTEXT_KEYS } from './editor/contributions.ts';
import { Downloads } from './editor/downloads.ts';
import { EngineLink } from './editor/engineLink.ts';
import { tellEngineTrouble } from './editor/engineTrouble.ts';
import { hubCommands } from './editor/hub/hubCommands.ts';
import { HubDrop } from './editor/hub/hubDrop.ts';
import { hubFileCommands } from './editor/hub/hubFileCommands.ts';
import { HubKeyStore } from './editor/hub/hubKeyStore.ts';
import { HubMirror } from './editor/hub/hubMirror.ts';
import { HubNotices } from './editor/hub/hubNotices.ts';
import { HubView } from './editor/hub/hubView.ts';
import { prepareHubs } from './editor/hub/prepareHubs.ts';
import { keepSettings } from './editor/keepSettings.ts';
import { logEngineLine } from './editor/logChannel.ts';
import { prepareEngine } from './editor/prepareEngine.ts';
import { ipfsCommands } from './editor/seeds/ipfsCommands.ts';
import { seedCommands } from './editor/seeds/seedCommands.ts';
import { SeedKey } from './editor/seeds/seedKey.ts';
import { Seeds } from './editor/seeds/seeds.ts';
import { SeedsMirror } from './editor/seeds/seedsMirror.ts';
import { SeedsView } from './editor/seeds/seedsView.ts';
import { shareCommands } from './editor/seeds/shareCommands.ts';
import { hostFolder, stateFolderHere } from './editor/stateFolder.ts';
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
import { watchEngineStart } from './editor/watchEngineStart.ts';

/** Puts the parts together; what they do is in them. Nothing here waits, so that the editor's start is not held up. */
export function activate(context: vscode.ExtensionContext): void {
  const keep = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const storage = context.globalStorageUri.fsPath;
  const stateFolder = stateFolderHere(storage);
  const version = String(context.extension.packageJSON.version);
  const log = keep(vscode.window.createOutputChannel('Tributary', { log: true }));
  const onFailed = (error: unknown) => reportFailure(error, log);
  const onHubsFailed = (error: unknown) => log.warn(`A share hub could not be joined or started again: ${error}`);
  const onNotJoined = (error: unknown) => log.warn(`What another window began is not shown: ${error}`);
  const onSecretsFailed = (error: unknown) => log.warn(`The secret storage cannot be used: ${error}`);

  const engineWasAsked = () => void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.engineAsked, true);

  const settings = new UserSettings(log);
  const mirror = new TaskMirror();
  const seedsMirror = new SeedsMirror(mirror);
  const secrets = new TaskSecretStore(context.secrets, secretPlace(hostname(), stateFolder));
  const hubs = new HubMirror();
  const hubKeys = new HubKeyStore(context.secrets, secretPlace(hostname(), stateFolder));
  const link = keep(
    new EngineLink({
      connect: async () => {
        // Loaded when first needed: a window without downloads never pays for it.
        const { connectToEngine } = await import('./editor/engineProcess.ts');
        const engineScript = context.asAbsolutePath('dist/engine.js');
        return connectToEngine({ stateFolder, hostFolder: hostFolder(storage), version, engineScript });
      },
      prepare: async (engine) => {
        await prepareEngine(engine, {
          settings: () => settings.engine(),
          network: () => settings.network(),
          mirror,
          secrets,
          onSecretsFailed,
        });
        await seeds.prepare(engine);
        await prepareHubs(engine, { hubs, keys: hubKeys, onFailed: onHubsFailed });
        engineWasAsked();
      },
    }),
  );
  const joinWhatRuns = async () => {
    const { runsHere } = await import('./editor/engineProcess.ts');
    // None is started for that: it would be for nothing when another machine, which shares the folder, has begun one.
    if (await runsHere(stateFolder)) link.join();
  };
  keep(link.onDidChangeTasks((delta) => mirror.apply(delta)));
  keep(link.onDidChangeHubs((change) => hubs.apply(change)));
  keep(link.onDidLog((line) => logEngineLine(log, line)));
  keep(
    link.onDidDisconnect((error) => {
      log.warn(`${error.code}: ${error.message}`);
      mirror.markDisconnected();
      hubs.markDisconnected();
      seedsMirror.markDisconnected();
      engineWasAsked();
    }),
  );
  keep(link.onDidGiveTrouble((error) => void tellEngineTrouble(error, link)));
  const seeds = keep(
    new Seeds({
      link,
      mirror: seedsMirror,
      key: new SeedKey(context.secrets, secretPlace(hostname(), stateFolder)),
      settings: (key) => settings.seeds(key),
      onFailed: (error) => log.warn(`What is shared by seeds is not known: ${error}`),
      onSecretsFailed,
    }),
  );
  keep(keepSettings(link, settings, log, onFailed, seeds));

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
  const seedsView = keep(new SeedsView({ mirror: seedsMirror, seeds, link, onFailed }));

  const revealHub = () => hubView.reveal();
  const hubFiles = hubFileCommands({
    link,
    hubs,
    tasks: mirror,
    downloads,
    memory: context.globalState,
    revealView: revealHub,
  });
  const hubDrop = new HubDrop((files, hub) => hubFiles.share(files, hub).catch(onFailed));
  const hubView = keep(new HubView({ hubs, tasks: mirror, link, drop: hubDrop }));
  keep(new HubNotices({ hubs, notifies: () => settings.hub().notify, onFailed }));

  const handlers = {
    ...listCommands({ flow, panel, log }),
    ...taskCommands({
      link,
      mirror,
      selection: () => view.selection,
      chooseFolder: (what) => chooseFolder(what, context.globalState),
    }),
    ...fileCommands({ link, mirror, flow }),
    ...sourceCommands({ downloads, mirror }),
    ...seedCommands({ seeds, mirror: seedsMirror, view: seedsView, flow, settings: () => settings.seeds(null) }),
    ...shareCommands({ seeds, mirror: seedsMirror }),
    ...ipfsCommands({ seeds, mirror: seedsMirror, view: seedsView, settings: () => settings.engine().ipfs }),
    ...hubCommands({
      link,
      hubs,
      keys: hubKeys,
      settings: () => settings.hub(),
      revealView: revealHub,
      onSecretsFailed,
    }),
    ...hubFiles,
  };
  keep(registerCommands(handlers, log));

  // Every window shows the same list: also one that was open before another one has begun something.
  keep(watchEngineStart(stateFolder, () => void joinWhatRuns().catch(onNotJoined)));
  // A download may have to go on that was under way when the editor or the machine went down.
  void hasUnfinishedBusiness(vscode.Uri.file(stateFolder)).then((has) => has && link.start());
}
