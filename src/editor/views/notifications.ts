import * as vscode from 'vscode';
import type { ErrorInfo } from '../../contract/errors.ts';
import type { TaskSnapshot } from '../../contract/task.ts';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { Gatherer } from '../../kit/gatherer.ts';
import { COMMANDS, SETTINGS } from '../contributions.ts';
import type { Downloads } from '../downloads.ts';
import { localize as t } from '../localize.ts';
import { type Notice, NoticePlan, troubleOf } from '../noticePlan.ts';
import { isExpiredLink, isMendedByFolder, isMendedByLink } from '../taskItem.ts';
import type { TaskMirror } from '../taskMirror.ts';
import { failureText, waitsForRetry } from '../taskText.ts';
import { unlinked } from '../unlinked.ts';
import type { TaskNode } from './treeNode.ts';

/** Failures are told together while more of them keep coming: a lost network fails a whole queue, one after the other. */
const TOGETHER = { quietMs: 1_000, longestMs: 5_000 };
const MOST_SINGLE_NOTICES = 2;

interface Action {
  readonly title: string;
  readonly run: () => PromiseLike<unknown>;
}

export interface NotificationsInit {
  readonly mirror: TaskMirror;
  readonly downloads: Downloads;
  readonly onFailed: (error: unknown) => void;
}

/** Tells what needs a decision, and nothing else unless the settings ask for it. */
export class Notifications implements Disposable {
  readonly #init: NotificationsInit;
  readonly #disposables = new DisposableList();
  readonly #plan = new NoticePlan();
  readonly #gatherer = this.#disposables.add(new Gatherer<Notice>(TOGETHER, (notices) => this.#tell(notices)));

  constructor(init: NotificationsInit) {
    this.#init = init;
    this.#disposables.add(init.mirror.onDidChange((change) => this.#gatherer.add(this.#plan.take(change))));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #tell(notices: readonly Notice[]): void {
    const level = vscode.workspace.getConfiguration().get(SETTINGS.notifications);
    const troubles = notices.flatMap((notice) =>
      notice.kind === 'trouble' &&
      this.#isStillSo(notice) &&
      this.#isOurs([notice.task]) &&
      (level !== 'never' || isQuestion(notice.error))
        ? [notice]
        : [],
    );
    if (troubles.length > MOST_SINGLE_NOTICES) this.#tellMany(troubles.length);
    else for (const { task, error } of troubles) this.#tellTrouble(task, error);
    if (level !== 'all') return;
    for (const notice of notices) {
      if (notice.kind === 'drained' && this.#isOurs(notice.completed)) this.#tellDrained(notice.completed);
    }
  }

  /** Somebody may have retried it meanwhile, here or in another window. */
  #isStillSo({ task, error }: Notice & { kind: 'trouble' }): boolean {
    const now = this.#init.mirror.get(task.id);
    return now !== undefined && troubleOf(now)?.code === error.code;
  }

  /** All windows hear of all downloads; only one should speak. */
  #isOurs(tasks: readonly TaskSnapshot[]): boolean {
    return vscode.window.state.focused || tasks.some((task) => this.#init.downloads.wasAddedHere(task.id));
  }

  #tellTrouble(task: TaskSnapshot, error: ErrorInfo): void {
    const text = `${task.name}: ${failureText(task, error, t)}`;
    const actions = this.#troubleActions(task, error);
    // Nothing is lost by an expired link, or by a download that goes on by itself.
    const isMild = isExpiredLink(error) || waitsForRetry(task);
    if (isQuestion(error) || isMild) this.#show(vscode.window.showWarningMessage, text, actions);
    else this.#show(vscode.window.showErrorMessage, text, [...actions, commandAction(t('Show Log'), COMMANDS.showLog)]);
  }

  #troubleActions(task: TaskSnapshot, error: ErrorInfo): Action[] {
    const { downloads } = this.#init;
    const node: TaskNode = { kind: 'task', id: task.id };
    if (isQuestion(error)) {
      return [
        { title: t('Keep Both'), run: () => downloads.retry(task.id, 'rename') },
        { title: t('Replace'), run: () => downloads.retry(task.id, 'replace') },
        commandAction(t('Skip'), COMMANDS.remove, node),
      ];
    }
    const link = isMendedByLink(error) ? [commandAction(t('Replace Link…'), COMMANDS.replaceLink, node)] : [];
    if (isExpiredLink(error)) return link;
    const paused = task.status.state === 'paused';
    const again = paused
      ? commandAction(t('Resume'), COMMANDS.resume, node)
      : commandAction(t('Retry'), COMMANDS.retry, node);
    const folder = isMendedByFolder(error) ? [commandAction(t('Change Folder…'), COMMANDS.changeFolder, node)] : [];
    // On a full disk room can be made; for a folder that takes nothing there is only another one.
    return error.code === 'disk-full' ? [again, ...folder] : [...link, ...folder, again];
  }

  #tellMany(count: number): void {
    const text = t('{count} downloads failed or need your attention.', { count });
    this.#show(vscode.window.showErrorMessage, text, [
      commandAction(t('Show Downloads'), COMMANDS.showPanel),
      commandAction(t('Show Log'), COMMANDS.showLog),
    ]);
  }

  #tellDrained(completed: readonly TaskSnapshot[]): void {
    const [first] = completed;
    if (completed.length === 1 && first) {
      const node: TaskNode = { kind: 'task', id: first.id };
      this.#show(vscode.window.showInformationMessage, t('{name} is complete.', { name: first.name }), [
        commandAction(t('Open'), COMMANDS.openFile, node),
        commandAction(t('Reveal'), COMMANDS.revealFile, node),
      ]);
      return;
    }
    const text = t('{count} downloads are complete.', { count: completed.length });
    this.#show(vscode.window.showInformationMessage, text, [commandAction(t('Show Downloads'), COMMANDS.showPanel)]);
  }

  #show(
    show: (text: string, ...titles: string[]) => Thenable<string | undefined>,
    text: string,
    actions: readonly Action[],
  ): void {
    const titles = actions.map(({ title }) => title);
    show(unlinked(text), ...titles)
      .then((choice) => actions.find(({ title }) => title === choice)?.run())
      .then(undefined, this.#init.onFailed);
  }
}

/** A name that is taken is for the user to decide on, whatever the settings say about failures. */
function isQuestion(error: ErrorInfo): boolean {
  return error.code === 'file-exists';
}

function commandAction(title: string, command: string, ...args: unknown[]): Action {
  return { title, run: () => vscode.commands.executeCommand(command, ...args) };
}
