import * as vscode from 'vscode';
import type { TooltipLine } from '../taskItem.ts';

/** A tooltip as bold labels with values. Names and addresses come from outside: they are appended as text, never as Markdown. */
export function tooltipMarkdown(title: string | null, lines: readonly TooltipLine[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  if (title !== null) appendBold(markdown, title).appendMarkdown('\n\n---\n\n');
  for (const [index, { label, value }] of lines.entries()) {
    if (index > 0) markdown.appendMarkdown('  \n');
    if (value === '') markdown.appendText(label);
    else appendBold(markdown, label).appendMarkdown('&nbsp; ').appendText(value);
  }
  return markdown;
}

function appendBold(markdown: vscode.MarkdownString, text: string): vscode.MarkdownString {
  // No space may stand inside the asterisks.
  return markdown.appendMarkdown('**').appendText(text.trim()).appendMarkdown('**');
}
