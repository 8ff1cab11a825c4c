/**
 * Text in the user's language: `vscode.l10n.t` in the editor, plain English in tests. Passed in as `t`, so that whatever
 * only composes text needs no editor. Every message given to a `t` has to be in l10n/bundle.l10n.json; a test checks it.
 */
export type Translate = (message: string, args?: Readonly<Record<string, string | number>>) => string;
