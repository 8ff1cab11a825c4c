import assert from 'node:assert/strict';
import * as vscode from 'vscode';

export function theExtension(): vscode.Extension<unknown> {
  const extension = vscode.extensions.getExtension('tributary.tributary');
  assert.ok(extension, 'VS Code does not know the extension');
  return extension;
}
