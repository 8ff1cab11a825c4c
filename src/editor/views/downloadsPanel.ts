import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { PanelRequest, type PanelUpdate } from '../../contract/panelApi.ts';
import type { TaskId } from '../../contract/task.ts';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { Pacer } from '../../kit/pacer.ts';
import { COMMANDS, PANEL_TYPE } from '../contributions.ts';
import { localize as t } from '../localize.ts';
import type { TaskMirror } from '../taskMirror.ts';
import { panelHtml } from './panelHtml.ts';
import { panelRow } from './panelRow.ts';
import { panelStrings } from './panelStrings.ts';
import type { TaskNode } from './treeNode.ts';

/** Four times a second is as smooth as progress needs to be. */
const UPDATE_GAP_MS = 250;

/** The list of all downloads in an editor tab: feeds one page and does what its buttons ask for. */
export class DownloadsPanel implements Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #mirror: TaskMirror;
  readonly #disposables = new DisposableList();
  readonly #dirty = new Set<TaskId>();
  readonly #pacer = this.#disposables.add(new Pacer(UPDATE_GAP_MS, () => this.#sendChanges()));
  #pageReady = false;
  #focusWhenReady: TaskId | null = null;

  readonly onDidDispose: vscode.Event<void>;
  readonly onDidChangeViewState: vscode.Event<unknown>;

  /** @param panel a new one, or one that the editor restored */
  constructor(panel: vscode.WebviewPanel, extensionUri: vscode.Uri, mirror: TaskMirror) {
    this.#panel = panel;
    this.#mirror = mirror;
    this.onDidDispose = panel.onDidDispose;
    this.onDidChangeViewState = panel.onDidChangeViewState;
    const dist = vscode.Uri.joinPath(extensionUri, 'dist');
    const media = vscode.Uri.joinPath(extensionUri, 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, 'panelLight.svg'),
      dark: vscode.Uri.joinPath(media, 'panelDark.svg'),
    };
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    this.#disposables.add(panel.webview.onDidReceiveMessage((message) => this.#receive(message)));
    this.#disposables.add(panel.onDidChangeViewState(() => this.#visibilityChanged()));
    this.#disposables.add(panel.onDidDispose(() => this.#disposables.dispose()));
    this.#disposables.add(
      mirror.onDidChange(({ changes }) => {
        // A page that is shown, or shown again, begins with the whole list.
        if (!this.#canSend) return;
        for (const { id } of changes) this.#dirty.add(id);
        this.#pacer.request();
      }),
    );
    panel.webview.html = panelHtml({
      title: panel.title,
      language: vscode.env.language,
      scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'panel.js')).toString(),
      nonce: randomBytes(16).toString('base64url'),
    });
  }

  static open(extensionUri: vscode.Uri, mirror: TaskMirror, preserveFocus: boolean): DownloadsPanel {
    const place = { viewColumn: vscode.ViewColumn.Active, preserveFocus };
    const panel = vscode.window.createWebviewPanel(PANEL_TYPE, t('Downloads'), place);
    return new DownloadsPanel(panel, extensionUri, mirror);
  }

  get isVisible(): boolean {
    return this.#panel.visible;
  }

  reveal(preserveFocus: boolean): void {
    this.#panel.reveal(undefined, preserveFocus);
  }

  /** Brings a download into view, as soon as the page is there. */
  focusRow(id: TaskId): void {
    if (this.#canSend) this.#post({ type: 'focusRow', id });
    else this.#focusWhenReady = id;
  }

  dispose(): void {
    this.#panel.dispose();
  }

  get #canSend(): boolean {
    return this.#pageReady && this.#panel.visible;
  }

  /** A hidden page is thrown away by the editor, and starts anew with `ready` when it is shown. */
  #visibilityChanged(): void {
    if (this.#panel.visible) return;
    this.#pageReady = false;
    this.#pacer.dispose();
  }

  #receive(message: unknown): void {
    const parsed = v.safeParse(PanelRequest, message);
    if (!parsed.success) return;
    const request = parsed.output;
    switch (request.type) {
      case 'ready':
        this.#sendAll();
        return;
      case 'row': {
        const node: TaskNode = { kind: 'task', id: request.id };
        void vscode.commands.executeCommand(COMMANDS[request.action], node);
        return;
      }
      case 'list':
        void vscode.commands.executeCommand(COMMANDS[request.action]);
    }
  }

  #sendAll(): void {
    this.#pageReady = true;
    this.#dirty.clear();
    const rows = this.#mirror.tasks.map((task) => panelRow(task, t));
    this.#post({ type: 'snapshot', strings: panelStrings(t), rows });
    if (this.#focusWhenReady !== null) this.#post({ type: 'focusRow', id: this.#focusWhenReady });
    this.#focusWhenReady = null;
  }

  #sendChanges(): void {
    if (!this.#canSend || this.#dirty.size === 0) return;
    const present = [...this.#dirty].flatMap((id) => this.#mirror.get(id) ?? []);
    const removed = [...this.#dirty].filter((id) => !this.#mirror.get(id));
    this.#dirty.clear();
    this.#post({ type: 'delta', rows: present.map((task) => panelRow(task, t)), removed });
  }

  #post(update: PanelUpdate): void {
    void this.#panel.webview.postMessage(update);
  }
}
