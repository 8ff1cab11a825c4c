import { css } from 'lit';

/** What the editor's own style sheet for pages leaves open. Adopted, not inlined: the page's policy allows no inline style. */
export const pageStyles = css`
  body {
    margin: 0;
    padding: 0;
    color: var(--vscode-foreground);
    background: var(--vscode-editor-background);
    font: var(--vscode-font-weight, normal) var(--vscode-font-size, 13px) / 1.4 var(--vscode-font-family, sans-serif);
  }
`;
