import * as vscode from 'vscode';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { Pacer } from '../../kit/pacer.ts';
import { COMMANDS, SETTINGS } from '../contributions.ts';
import { localize as t } from '../localize.ts';
import { statusBarText } from '../statusBarText.ts';
import type { TaskMirror } from '../taskMirror.ts';
import type { UnseenFailures } from '../unseenFailures.ts';
import { tooltipMarkdown } from './tooltipMarkdown.ts';

const REFRESH_GAP_MS = 500;

/** The one item in the status bar; hidden while nothing runs. */
export class StatusBar implements Disposable {
  readonly #disposables = new DisposableList();
  readonly #item: vscode.StatusBarItem;
  readonly #mirror: TaskMirror;
  readonly #failures: UnseenFailures;

  constructor(mirror: TaskMirror, failures: UnseenFailures) {
    this.#mirror = mirror;
    this.#failures = failures;
    this.#item = this.#disposables.add(
      vscode.window.createStatusBarItem('tributary.downloads', vscode.StatusBarAlignment.Left),
    );
    this.#item.name = t('Downloads');
    this.#item.command = COMMANDS.showPanel;
    const pacer = this.#disposables.add(new Pacer(REFRESH_GAP_MS, () => this.#render()));
    this.#disposables.add(mirror.onDidChange(() => pacer.request()));
    this.#disposables.add(failures.onDidChange(() => pacer.request()));
    this.#disposables.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(SETTINGS.showStatusBar)) pacer.runNow();
      }),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #render(): void {
    const wanted = vscode.workspace.getConfiguration().get(SETTINGS.showStatusBar) !== false;
    const content = wanted ? statusBarText(this.#mirror.tasks, this.#failures.counts, t) : null;
    if (!content) {
      this.#item.hide();
      return;
    }
    this.#item.text = content.text;
    this.#item.accessibilityInformation = { label: content.label };
    this.#item.tooltip = tooltipMarkdown(null, content.lines);
    const { severity } = content;
    this.#item.backgroundColor = severity ? new vscode.ThemeColor(`statusBarItem.${severity}Background`) : undefined;
    this.#item.show();
  }
}
