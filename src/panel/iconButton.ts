import { css } from 'lit';

/** A button that is an icon, as in the editor's own toolbars. */
export const iconButton = css`
  .icon-button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    width: 24px;
    height: 24px;
    padding: 0;
    color: var(--vscode-icon-foreground, inherit);
    background: none;
    border: 1px solid transparent;
    border-radius: 5px;
    cursor: pointer;
  }
  .icon-button:hover {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-toolbar-hoverOutline, transparent);
    outline-offset: -1px;
  }
  .icon-button:active {
    background: var(--vscode-toolbar-activeBackground);
  }
  .icon-button:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
`;
