import type { HubItem } from './hubItem.ts';

/**
 * What has become of a line: nothing; other words, as while a file is on its way; or another `state`, with another icon,
 * menu or click. Words can wait while somebody reads the line's tooltip; a line that does what it no longer says cannot.
 */
export function hubItemChange(before: HubItem | null | undefined, after: HubItem | null): 'none' | 'words' | 'state' {
  if (before === undefined || before === null || after === null) return before === after ? 'none' : 'state';
  if (JSON.stringify(before) === JSON.stringify(after)) return 'none';
  return JSON.stringify(stateOf(before)) === JSON.stringify(stateOf(after)) ? 'words' : 'state';
}

function stateOf({ label, icon, contextValue, children, click }: HubItem): unknown {
  return { label, icon, contextValue, children, click };
}
