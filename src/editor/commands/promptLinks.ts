import * as vscode from 'vscode';
import { errorText } from '../errorText.ts';
import { type LinkRequest, parseLinkInput } from '../linkInput.ts';
import { localize as t } from '../localize.ts';

/**
 * Asks for one or several links. What is in the clipboard is offered, selected, so that Enter takes it and typing
 * replaces it. Resolves to null when the user gives up.
 * @param prefill taken in the clipboard's place
 */
export async function promptLinks(prefill: string | null): Promise<readonly LinkRequest[] | null> {
  const input = vscode.window.createInputBox();
  input.title = t('Download File');
  input.placeholder = t('https://…');
  input.prompt = t('Paste a link; a checksum may follow it, as in sha256:<hex>.');
  input.ignoreFocusOut = true;
  const offer = (text: string) => {
    input.value = text;
    input.valueSelection = [0, text.length];
  };
  if (prefill !== null) offer(prefill);
  const accepted = new Promise<readonly LinkRequest[] | null>((resolve) => {
    input.onDidChangeValue((value) => {
      input.validationMessage = problemOf(value);
    });
    input.onDidAccept(() => {
      const result = parseLinkInput(input.value);
      if (result.kind === 'links') resolve(result.links);
      else input.validationMessage = problemOf(input.value) ?? t('Paste a link that starts with http:// or https://.');
    });
    input.onDidHide(() => resolve(null));
  });
  input.show();
  if (prefill === null) {
    // Not waited for: a browser may ask the user first, or never answer. Whatever was typed meanwhile stays.
    void linkInClipboard().then((text) => {
      if (input.value === '') offer(text);
    });
  }
  try {
    return await accepted;
  } finally {
    input.dispose();
  }
}

function problemOf(value: string): string | undefined {
  const result = parseLinkInput(value);
  return result.kind === 'problem' ? errorText(result.error, t) : undefined;
}

async function linkInClipboard(): Promise<string> {
  try {
    const text = (await vscode.env.clipboard.readText()).trim();
    return parseLinkInput(text).kind === 'links' ? text : '';
  } catch {
    // In a browser the user may have refused access to the clipboard.
    return '';
  }
}
