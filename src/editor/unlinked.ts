/**
 * A text for a notification: the editor makes links, also such that run commands, of `[text](command:…)` in it, and the
 * names of files come from others.
 */
export function unlinked(text: string): string {
  return text.replaceAll('](', ']\u200b(');
}
