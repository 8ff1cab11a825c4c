export interface PanelHtmlInit {
  readonly title: string;
  readonly language: string;
  readonly scriptUri: string;
  /** Fresh for every page. */
  readonly nonce: string;
}

/** The panel's page: everything is forbidden but its own script. */
export function panelHtml(init: PanelHtmlInit): string {
  // No style source: the page adopts its style sheets from its script, which needs none.
  const policy = `default-src 'none'; script-src 'nonce-${init.nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(init.language)}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <title>${escapeHtml(init.title)}</title>
</head>
<body>
  <tributary-downloads></tributary-downloads>
  <script nonce="${init.nonce}" src="${escapeHtml(init.scriptUri)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
