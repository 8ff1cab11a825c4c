import * as vscode from 'vscode';

/** Values for the `when` clauses of package.json; the editor is told of those that changed. */
export class ContextValues {
  readonly #told = new Map<string, boolean>();

  set(key: string, value: boolean): void {
    if (this.#told.get(key) === value) return;
    this.#told.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
