import type { TaskId } from '../../contract/task.ts';
import type { TooltipLine } from '../taskItem.ts';
import { SEPARATOR } from '../taskText.ts';

/** A line of the Seeds view as plain values; the view turns it into an item of the editor. */
export interface TreeLine {
  readonly label: string;
  /** All of it, where the label leaves out the middle. @default the label */
  readonly name?: string;
  readonly description: string;
  /** Id of a product icon; null for the icon of the file's type. */
  readonly icon: { readonly id: string; readonly color: string | null } | null;
  readonly contextValue: string;
  readonly folding: 'none' | 'open' | 'closed';
  /** What a click or Enter does, besides folding. */
  readonly click?: 'download' | { readonly open: TaskId } | { readonly showPanel: TaskId };
  readonly tooltip: readonly TooltipLine[];
}

export function fullName({ label, name = label }: TreeLine): string {
  return name;
}

/** For people who hear the line. */
export function accessibilityLabel(line: TreeLine): string {
  return [fullName(line), line.description.replaceAll(SEPARATOR, ', ')].filter(Boolean).join(', ');
}
