import * as vscode from 'vscode';
import type { TaskId } from '../../contract/task.ts';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { PANEL_TYPE } from '../contributions.ts';
import type { EngineLink } from '../engineLink.ts';
import type { TaskMirror } from '../taskMirror.ts';
import type { DownloadsPanel } from './downloadsPanel.ts';

export interface PanelHostInit {
  readonly extensionUri: vscode.Uri;
  readonly mirror: TaskMirror;
  readonly link: EngineLink;
}

/** Sees to it that there is at most one panel, opened by a command or restored by the editor. */
export class PanelHost implements vscode.WebviewPanelSerializer, Disposable {
  readonly #init: PanelHostInit;
  readonly #disposables = new DisposableList();
  readonly #visibilityChanged = new Emitter<void>();
  #panel: DownloadsPanel | null = null;

  readonly onDidChangeVisibility: Event<void> = this.#visibilityChanged.event;

  constructor(init: PanelHostInit) {
    this.#init = init;
    this.#disposables.add(vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, this));
  }

  get isVisible(): boolean {
    return this.#panel?.isVisible ?? false;
  }

  /**
   * @param focusOn a download that is brought into view
   * @param preserveFocus leaves the keyboard where it is
   */
  async show(focusOn: TaskId | null, preserveFocus: boolean): Promise<void> {
    const { extensionUri, mirror } = this.#init;
    // Loaded when first shown: most windows never show it, and the start of the extension has to stay quick.
    const { DownloadsPanel } = await import('./downloadsPanel.ts');
    if (this.#panel) this.#panel.reveal(preserveFocus);
    else this.#keep(DownloadsPanel.open(extensionUri, mirror, preserveFocus));
    if (focusOn !== null) this.#panel?.focusRow(focusOn);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    const { DownloadsPanel } = await import('./downloadsPanel.ts');
    this.#keep(new DownloadsPanel(panel, this.#init.extensionUri, this.#init.mirror));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #keep(panel: DownloadsPanel): void {
    this.#panel?.dispose();
    this.#panel = panel;
    panel.onDidChangeViewState(() => this.#visibilityChanged.fire());
    panel.onDidDispose(() => {
      if (this.#panel === panel) this.#panel = null;
    });
    this.#init.link.start();
    this.#visibilityChanged.fire();
  }
}
