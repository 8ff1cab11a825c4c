import * as vscode from 'vscode';
import type { TaskSnapshot } from '../../contract/task.ts';
import { downloadAgain } from '../downloadAgain.ts';
import type { EngineLink } from '../engineLink.ts';
import { iconless } from '../iconless.ts';
import { localize as t } from '../localize.ts';
import type { TaskMirror } from '../taskMirror.ts';
import { unlinked } from '../unlinked.ts';
import type { DownloadFlow } from './downloadFlow.ts';
import { keepsFocus, oneOf, pickTargets, type TargetQuestion } from './taskTargets.ts';

/** How long a short "it is in the clipboard" stays in the status bar. */
const STATUS_MS = 3_000;

export interface FileCommandsInit {
  readonly link: EngineLink;
  readonly mirror: TaskMirror;
  readonly flow: DownloadFlow;
}

/** Commands about the finished file and the link of a download. */
export function fileCommands({ link, mirror, flow }: FileCommandsInit) {
  const onOne =
    (question: TargetQuestion, run: (task: TaskSnapshot, args: readonly unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]) => {
      const [task] = await pickTargets(oneOf(args), question, mirror);
      if (task) await run(task, args);
    };
  const completed = (ask: string): TargetQuestion => ({
    states: ['completed'],
    ask,
    none: t('No download is complete yet.'),
  });

  /** What was deleted or moved is mostly still where it came from. */
  const offerAgain = async (task: TaskSnapshot): Promise<void> => {
    const { address } = await link.request('link', { id: task.id });
    const request = downloadAgain(task, address, mirror.tasks);
    const again = t('Download Again');
    const text = t('The file {path} is no longer there.', { path: task.targetPath });
    const choice = await vscode.window.showInformationMessage(unlinked(text), ...(request === null ? [] : [again]));
    if (request !== null && choice === again) await flow.download([request], null);
  };

  const onFile = (ask: string, run: (file: vscode.Uri, args: readonly unknown[]) => Promise<unknown>) =>
    onOne(completed(ask), async (task, args) => {
      const file = vscode.Uri.file(task.targetPath);
      await ((await isThere(file)) ? run(file, args) : offerAgain(task));
    });

  return {
    openFile: onFile(t('Open which file?'), async (file, args) => {
      const options = { preview: true, preserveFocus: keepsFocus(args) };
      await vscode.commands.executeCommand('vscode.open', file, options);
    }),
    revealFile: onFile(t('Reveal which file?'), reveal),
    copyLink: async (...args: unknown[]) => {
      const question: TargetQuestion = {
        states: ['active', 'queued', 'paused', 'failed', 'completed'],
        ask: t('Copy the link of which download?'),
        none: t('The list of downloads is empty.'),
      };
      const tasks = await pickTargets(args, question, mirror);
      const links = await Promise.all(tasks.map(({ id }) => link.request('link', { id })));
      if (links.length > 0) await copy(links.map(({ address }) => address).join('\n'), t('Link copied'));
    },
    copySha256: onOne(completed(t('Copy the SHA-256 of which file?')), async ({ id, name }) => {
      const title = t('Computing the SHA-256 of {name}', { name: iconless(name) });
      const { sha256 } = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
        link.request('sha256', { id }),
      );
      await copy(sha256, t('SHA-256 copied'));
    }),
  };
}

async function isThere(file: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}

async function reveal(uri: vscode.Uri): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(uri)) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
  } else if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
  } else {
    // The file is on another machine than the user's screen: there is no file manager to show it in.
    const copyPath = t('Copy Path');
    const text = t('The file is at {path}.', { path: uri.fsPath });
    const choice = await vscode.window.showInformationMessage(unlinked(text), copyPath);
    if (choice === copyPath) await copy(uri.fsPath, t('Path copied'));
  }
}

async function copy(text: string, done: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(`$(check) ${done}`, STATUS_MS);
}
