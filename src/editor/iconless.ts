/**
 * A text for a list to pick from, or for the status bar: the editor draws an icon for each `$(name)` in it, and a name
 * that comes from others could look as if it were `$(verified)`.
 */
export function iconless(text: string): string {
  return text.replaceAll('$(', '$\u200b(');
}
