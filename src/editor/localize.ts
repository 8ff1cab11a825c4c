import * as vscode from 'vscode';
import type { Translate } from './translate.ts';

/** Text in the language of the editor's user; see l10n/. */
export const localize: Translate = (message, args) =>
  args ? vscode.l10n.t(message, { ...args }) : vscode.l10n.t(message);
