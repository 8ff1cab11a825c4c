import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { PanelRow, PanelStrings, RowAction } from '../contract/panelApi.ts';
import type { TaskState } from '../contract/task.ts';
import { fill } from './fill.ts';
import { iconButton } from './iconButton.ts';
import { type IconName, icon, isIcon } from './icons.ts';
import { type RowView, rowView } from './rowView.ts';
import { textButton } from './textButton.ts';

/** What a row asks for; bubbles up to the list. */
export class RowActionEvent extends Event {
  readonly action: RowAction;
  readonly rowId: string;

  constructor(action: RowAction, rowId: string) {
    super('row-action', { bubbles: true, composed: true });
    this.action = action;
    this.rowId = rowId;
  }
}

const ICONS: Readonly<Record<TaskState, IconName>> = {
  active: 'active',
  queued: 'queued',
  paused: 'paused',
  failed: 'failed',
  completed: 'completed',
};

/** One download. Drawn again only when its own `row` changes. */
export class RowElement extends LitElement {
  static override readonly properties = {
    row: { attribute: false },
    strings: { attribute: false },
    current: { type: Boolean, reflect: true },
  };
  declare row: PanelRow;
  declare strings: PanelStrings;
  /** The row that Tab goes to; the buttons of all others are left out of the tab order. */
  declare current: boolean;

  static override readonly styles = [
    iconButton,
    textButton,
    css`
      :host {
        display: grid;
        grid-template-columns: 16px minmax(0, 1fr) auto;
        column-gap: 10px;
        align-items: start;
        padding: 9px 20px 10px;
        border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-widget-border, transparent));
        /* Rows out of sight cost nothing; the guess is the height of a row with a bar. */
        content-visibility: auto;
        contain-intrinsic-size: auto 66px;
        outline-offset: -1px;
      }
      :host(:hover) {
        background: var(--vscode-list-hoverBackground);
      }
      :host(:focus-visible) {
        outline: 1px solid var(--vscode-focusBorder);
      }
      .state {
        display: flex;
        margin-top: 3px;
        opacity: 0.85;
      }
      .state.active {
        color: var(--vscode-progressBar-background);
        opacity: 1;
      }
      .state.completed {
        color: var(--vscode-testing-iconPassed, var(--vscode-charts-green));
        opacity: 1;
      }
      .error {
        color: var(--vscode-errorForeground);
        opacity: 1;
      }
      .warning {
        color: var(--vscode-list-warningForeground, var(--vscode-editorWarning-foreground));
        opacity: 1;
      }
      .line {
        display: flex;
        gap: 12px;
        align-items: baseline;
        min-width: 0;
        line-height: 22px;
      }
      .name {
        flex: 1;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 600;
      }
      .percent,
      .details {
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .small {
        color: var(--vscode-descriptionForeground);
        font-size: 0.92em;
        line-height: 18px;
      }
      .details {
        flex: none;
      }
      .folder {
        flex: 1;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        text-align: end;
        opacity: 0.8;
      }
      .problem {
        font-size: 0.92em;
        line-height: 18px;
        overflow-wrap: anywhere;
      }
      .line .problem {
        flex: 3;
        font-size: inherit;
      }
      .text-button {
        margin: 5px 0 3px;
      }
      .sources {
        margin: 3px 0 0;
        padding: 0;
        list-style: none;
        color: var(--vscode-descriptionForeground);
        font-size: 0.92em;
        line-height: 18px;
      }
      .sources li {
        overflow-wrap: anywhere;
      }
      vscode-progress-bar {
        height: 4px;
        margin: 3px 0 5px;
        border-radius: 2px;
        overflow: hidden;
        background: color-mix(in srgb, var(--vscode-foreground) 14%, transparent);
        /* Only high-contrast themes have this colour. */
        outline: 1px solid var(--vscode-contrastBorder, transparent);
      }
      .idle {
        --vscode-progressBar-background: color-mix(in srgb, var(--vscode-foreground) 45%, transparent);
      }
      /* As wide as the most buttons a row can have, so that all bars end at the same place. */
      .actions {
        display: flex;
        justify-content: end;
        gap: 2px;
        min-width: 128px;
      }
      @media (max-width: 480px) {
        .folder {
          display: none;
        }
        .details {
          flex: 1;
          white-space: normal;
        }
      }
      /* Beside the buttons nothing would be left of the name. */
      @media (max-width: 360px) {
        :host {
          grid-template-columns: 16px minmax(0, 1fr);
          padding-inline: 12px;
        }
        .actions {
          grid-column: 2;
          justify-content: start;
        }
      }
    `,
  ];

  /** Which of its buttons has the focus; null for the row itself. */
  get focusedAction(): RowAction | null {
    const focused = this.shadowRoot?.activeElement?.getAttribute('data-action');
    const { actions, remedy } = rowView(this.row, this.strings);
    return [...actions, remedy].find((action) => action === focused) ?? null;
  }

  /** Gives the focus to a button, or to the row when it has no such button any more. */
  focusAction(action: RowAction | null): void {
    const button = action && this.renderRoot.querySelector<HTMLElement>(`[data-action="${action}"]`);
    (button ?? this).focus();
  }

  override render(): TemplateResult {
    const { row } = this;
    const view = rowView(row, this.strings);
    const stateIcon = view.severity === 'warning' ? 'attention' : ICONS[row.state];
    return html`
      <span class="state ${view.severity ?? row.state}">${icon(stateIcon)}</span>
      <div>
        <div class="line">
          <span class="name" title=${row.name}>${row.name}</span>
          ${view.percentText === null ? nothing : html`<span class="percent">${view.percentText}</span>`}
        </div>
        ${this.#bar(view)}
        <div class="line small">
          ${view.details === '' ? this.#problem(view) : html`<span class="details">${view.details}</span>`}
          <span class="folder" title=${row.folder}>${row.folder}</span>
        </div>
        ${view.details === '' ? nothing : this.#problem(view)}
        ${view.remedy === null ? nothing : this.#button(view.remedy)}
        ${this.#sources()}
      </div>
      <div class="actions">${view.actions.map((action) => this.#button(action))}</div>
    `;
  }

  #bar({ bar }: RowView): TemplateResult | typeof nothing {
    if (bar === null) return nothing;
    return html`<vscode-progress-bar
      class=${this.row.state === 'active' ? '' : 'idle'}
      aria-label=${fill(this.strings.progress, { name: this.row.name })}
      .value=${bar === 'unknown' ? 0 : bar}
      .indeterminate=${bar === 'unknown'}
    ></vscode-progress-bar>`;
  }

  #problem({ problem, severity }: RowView): TemplateResult | typeof nothing {
    return problem === null ? nothing : html`<div class="problem ${severity ?? ''}">${problem}</div>`;
  }

  #sources(): TemplateResult | typeof nothing {
    const { sources, furtherSources } = this.row;
    if (sources.length === 0) return nothing;
    const { strings } = this;
    return html`<ul class="sources" aria-label=${strings.sources}>
      ${sources.map(
        ({ address, amount, problem }) =>
          html`<li>
            ${[address, amount].filter(Boolean).join(' · ')}${problem === null ? nothing : html` – <span class="warning">${problem}</span>`}
          </li>`,
      )}
      ${furtherSources === 0 ? nothing : html`<li>${fill(strings.furtherSources, { count: furtherSources })}</li>`}
    </ul>`;
  }

  #button(action: RowAction): TemplateResult {
    const label = this.strings.actions[action];
    return html`<button
      class=${isIcon(action) ? 'icon-button' : 'text-button'}
      type="button"
      data-action=${action}
      title=${label}
      aria-label=${`${label}: ${this.row.name}`}
      tabindex=${this.current ? 0 : -1}
      @click=${() => this.dispatchEvent(new RowActionEvent(action, this.row.id))}
    >
      ${isIcon(action) ? icon(action) : label}
    </button>`;
  }
}

customElements.define('tributary-row', RowElement);
