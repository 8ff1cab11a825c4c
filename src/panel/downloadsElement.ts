import '@vscode-elements/elements/dist/vscode-button/index.js';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { ListAction, PanelRequest, PanelRow, PanelStrings, PanelUpdate, RowAction } from '../contract/panelApi.ts';
import type { TaskId } from '../contract/task.ts';
import { formatRate } from '../kit/format.ts';
import { fill } from './fill.ts';
import { icon } from './icons.ts';
import { type RowActionEvent, RowElement } from './rowElement.ts';
import { announcement, type Summary, sortRows, summarize } from './rowList.ts';

/** The whole page: a header and the list of downloads. */
export class DownloadsElement extends LitElement {
  static override readonly properties = { post: { attribute: false } };
  /** Sends a request to the editor. */
  declare post: (request: PanelRequest) => void;

  #strings: PanelStrings | null = null;
  readonly #rows = new Map<TaskId, PanelRow>();
  #sorted: PanelRow[] = [];
  #currentId: TaskId | null = null;
  #announced = '';

  static override readonly styles = css`
    :host {
      display: flex;
      flex-direction: column;
      height: 100vh;
    }
    header {
      display: flex;
      flex-wrap: wrap;
      gap: 8px 16px;
      align-items: center;
      padding: 14px 20px;
      border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-widget-border, transparent));
    }
    .summary {
      flex: 1;
      min-width: 180px;
    }
    .rate {
      font-size: 1.6em;
      font-weight: 600;
      line-height: 1.2;
      font-variant-numeric: tabular-nums;
    }
    .counts,
    .empty p {
      color: var(--vscode-descriptionForeground);
      font-variant-numeric: tabular-nums;
    }
    .buttons {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;
    }
    .list {
      flex: 1;
      overflow-y: auto;
    }
    .empty {
      display: flex;
      flex: 1;
      flex-direction: column;
      align-items: center;
      justify-content: center;
      gap: 8px;
      padding: 24px;
      text-align: center;
    }
    .empty svg {
      width: 48px;
      height: 48px;
      margin-bottom: 8px;
      opacity: 0.5;
    }
    .empty h2 {
      margin: 0;
      font-size: 1.3em;
      font-weight: 600;
    }
    .empty p {
      max-width: 44ch;
      margin: 0 0 10px;
      line-height: 1.5;
    }
    .spoken {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
      white-space: nowrap;
    }
  `;

  /** Takes over what the editor sent. */
  receive(update: PanelUpdate): void {
    switch (update.type) {
      case 'snapshot':
        this.#strings = update.strings;
        this.#rows.clear();
        this.#take(update.rows, []);
        return;
      case 'delta':
        if (this.#strings) this.#announced = announcement(this.#rows, update.rows, this.#strings) ?? this.#announced;
        this.#take(update.rows, update.removed);
        return;
      case 'focusRow':
        this.#currentId = update.id;
        this.requestUpdate();
        void this.updateComplete.then(() => this.#currentRow()?.scrollIntoView({ block: 'nearest' }));
    }
  }

  override render(): TemplateResult | typeof nothing {
    const strings = this.#strings;
    // Until the editor has answered there is nothing to say, not even that the list is empty.
    if (!strings) return nothing;
    return html`
      ${this.#rows.size === 0 ? this.#empty(strings) : this.#list(strings, summarize(this.#rows.values(), strings))}
      <div class="spoken" aria-live="polite">${this.#announced}</div>
    `;
  }

  #list(strings: PanelStrings, summary: Summary): TemplateResult {
    return html`
      <header>
        <div class="summary">
          <div class="rate">${summary.bytesPerSecond === null ? strings.title : formatRate(summary.bytesPerSecond)}</div>
          <div class="counts">${summary.counts}</div>
        </div>
        <div class="buttons">
          ${this.#headerButton('downloadFile', strings.add, true)}
          ${this.#headerButton('pauseAll', strings.pauseAll, summary.canPause)}
          ${this.#headerButton('resumeAll', strings.resumeAll, summary.canResume)}
          ${this.#headerButton('clearCompleted', strings.clearCompleted, summary.canClear)}
        </div>
      </header>
      <div
        class="list"
        role="list"
        aria-label=${strings.list}
        @keydown=${this.#keyPressed}
        @focusin=${this.#focusMoved}
        @row-action=${(event: RowActionEvent) => this.post({ type: 'row', action: event.action, id: event.rowId })}
      >
        ${repeat(
          this.#sorted,
          (row) => row.id,
          (row) => html`<tributary-row
            role="listitem"
            tabindex=${row.id === this.#currentId ? 0 : -1}
            data-id=${row.id}
            data-state=${row.state}
            aria-label=${fill(strings.announcement, { name: row.name, state: strings.states[row.state] })}
            .row=${row}
            .strings=${strings}
            .current=${row.id === this.#currentId}
          ></tributary-row>`,
        )}
      </div>
    `;
  }

  #empty(strings: PanelStrings): TemplateResult {
    return html`<div class="empty">
      ${icon('empty')}
      <h2>${strings.emptyTitle}</h2>
      <p>${strings.emptyHint}</p>
      ${this.#headerButton('downloadFile', strings.add, true)}
    </div>`;
  }

  #headerButton(action: ListAction, label: string, enabled: boolean): TemplateResult {
    return html`<vscode-button
      ?secondary=${action !== 'downloadFile'}
      .disabled=${!enabled}
      aria-disabled=${enabled ? 'false' : 'true'}
      @click=${() => enabled && this.post({ type: 'list', action })}
      >${label}</vscode-button
    >`;
  }

  #take(rows: readonly PanelRow[], removed: readonly TaskId[]): void {
    const focused = this.shadowRoot?.activeElement;
    const focus = focused instanceof RowElement ? { id: focused.row.id, action: focused.focusedAction } : null;
    const position = this.#sorted.findIndex((row) => row.id === this.#currentId);
    for (const row of rows) this.#rows.set(row.id, row);
    for (const id of removed) this.#rows.delete(id);
    this.#sorted = sortRows(this.#rows.values());
    if (this.#currentId === null || !this.#rows.has(this.#currentId)) {
      this.#currentId = this.#sorted[Math.min(Math.max(0, position), this.#sorted.length - 1)]?.id ?? null;
    }
    this.requestUpdate();
    if (focus) void this.updateComplete.then(() => this.#restoreFocus(focus));
  }

  /** A row that moves or goes takes the focus with it, and the keyboard would start at the top again. */
  #restoreFocus(focus: { readonly id: TaskId; readonly action: RowAction | null }): void {
    if (this.shadowRoot?.activeElement) return;
    const row = this.#rows.has(focus.id) ? this.#row(focus.id) : this.#currentRow();
    row?.focusAction(focus.action);
  }

  #currentRow(): RowElement | null {
    return this.#currentId === null ? null : this.#row(this.#currentId);
  }

  #row(id: TaskId): RowElement | null {
    return this.renderRoot.querySelector<RowElement>(`tributary-row[data-id="${CSS.escape(id)}"]`);
  }

  #focusMoved(event: FocusEvent): void {
    const row = event.composedPath().find((target) => target instanceof RowElement);
    if (!row || row.row.id === this.#currentId) return;
    this.#currentId = row.row.id;
    this.requestUpdate();
  }

  /** Arrows go from row to row, Tab through the buttons of one. */
  #keyPressed(event: KeyboardEvent): void {
    const at = this.#sorted.findIndex((row) => row.id === this.#currentId);
    const row = this.#sorted[at];
    if (!row) return;
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: this.#sorted.length - 1,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      this.#currentId = this.#sorted[Math.min(Math.max(0, step), this.#sorted.length - 1)]?.id ?? row.id;
      this.requestUpdate();
      void this.updateComplete.then(() => this.#currentRow()?.focus());
    } else if (event.key === 'Delete') {
      const ended = row.state === 'completed' || row.state === 'failed';
      this.post({ type: 'row', action: ended ? 'remove' : 'cancel', id: row.id });
    } else if (event.key === 'Enter' && event.composedPath()[0] instanceof RowElement && row.state === 'completed') {
      this.post({ type: 'row', action: 'openFile', id: row.id });
    } else {
      return;
    }
    event.preventDefault();
  }
}

customElements.define('tributary-downloads', DownloadsElement);
