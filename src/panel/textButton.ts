import { css } from 'lit';

/** A button with a name, as in the editor's own pages. */
export const textButton = css`
  .text-button {
    padding: 3px 11px;
    color: var(--vscode-button-foreground);
    background: var(--vscode-button-background);
    border: 1px solid var(--vscode-button-border, transparent);
    border-radius: 4px;
    font: inherit;
    line-height: 18px;
    cursor: pointer;
  }
  .text-button:hover {
    background: var(--vscode-button-hoverBackground);
  }
  .text-button:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 2px;
  }
`;
