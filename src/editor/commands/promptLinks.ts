import * as vscode from 'vscode';
import { errorText } from '../errorText.ts';
import { type LinkInput, type LinkRequest, parseLinkInput } from '../linkInput.ts';
import { localize as t } from '../localize.ts';

export interface LinkQuestion {
  readonly title: string;
  readonly prompt: string;
  /** Taken in the clipboard's place. */
  readonly prefill: string | null;
  /** Offered when there is no link in the clipboard either. @default nothing */
  readonly otherwise?: string;
}

type Links = readonly LinkRequest[];

/** Asks for one or several links, each perhaps with a checksum. Null when the user gives up. */
export function promptLinks(question: LinkQuestion): Promise<Links | null> {
  return ask(question, ({ links }) => links);
}

/** Asks for one link and nothing else. Null when the user gives up. */
export function promptLink(question: LinkQuestion): Promise<string | null> {
  return ask(question, ({ links: [first, ...others] }) =>
    others.length === 0 && first.checksum === null ? first.address : null,
  );
}

/**
 * What is in the clipboard is offered, selected, so that Enter takes it and typing replaces it.
 * @param take null: links, but not what was asked for
 */
async function ask<T>(
  { title, prompt, prefill, otherwise = '' }: LinkQuestion,
  take: (input: Extract<LinkInput, { kind: 'links' }>) => T | null,
): Promise<T | null> {
  const input = vscode.window.createInputBox();
  input.title = title;
  input.placeholder = t('https://…');
  input.prompt = prompt;
  input.ignoreFocusOut = true;
  const offer = (text: string) => {
    input.value = text;
    input.valueSelection = [0, text.length];
  };
  if (prefill !== null) offer(prefill);
  const accepted = new Promise<T | null>((resolve) => {
    input.onDidChangeValue((value) => {
      input.validationMessage = problemOf(value);
    });
    input.onDidAccept(() => {
      const result = parseLinkInput(input.value);
      const taken = result.kind === 'links' ? take(result) : null;
      if (taken !== null) resolve(taken);
      else if (result.kind === 'links') input.validationMessage = t('Paste one link and nothing else.');
      else
        input.validationMessage =
          problemOf(input.value) ?? t('Paste a link that starts with https://, http://, ipfs://, seed:// or hub://.');
    });
    input.onDidHide(() => resolve(null));
  });
  input.show();
  if (prefill === null) {
    // Not waited for: a browser may ask the user first, or never answer. Whatever was typed meanwhile stays.
    void linkInClipboard(take).then((text) => {
      if (input.value === '') offer(text === '' ? otherwise : text);
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

async function linkInClipboard<T>(take: (input: Extract<LinkInput, { kind: 'links' }>) => T | null): Promise<string> {
  try {
    const text = (await vscode.env.clipboard.readText()).trim();
    const result = parseLinkInput(text);
    return result.kind === 'links' && take(result) !== null ? text : '';
  } catch {
    // In a browser the user may have refused access to the clipboard.
    return '';
  }
}
