import * as vscode from 'vscode';
import { linksInText } from '../linksInText.ts';

/** More than anybody selects for its links. */
const MOST_LENGTH = 16 * 1024;

/** What the active editor has to offer where a link is asked for; empty: nothing. */
export interface EditorLinks {
  /** The links in the selection. */
  readonly selected: string;
  /** The link that the cursor stands on. */
  readonly atCursor: string;
}

export function linkInEditor(): EditorLinks {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return { selected: '', atCursor: '' };
  const { document, selection } = editor;
  const text = document.getText(selection);
  const links = text.length > MOST_LENGTH ? [] : linksInText(text);
  const { line, character } = selection.active;
  const here = linksInText(document.lineAt(line).text.slice(0, MOST_LENGTH));
  return {
    selected: links.map(({ address }) => address).join(' '),
    atCursor: here.find(({ start, end }) => start <= character && character <= end)?.address ?? '',
  };
}
