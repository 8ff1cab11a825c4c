import type { PanelRow } from '../../../src/contract/panelApi.ts';
import { panelRow } from '../../../src/editor/views/panelRow.ts';
import { panelStrings } from '../../../src/editor/views/panelStrings.ts';
import { english, sampleTask } from '../editor/sampleTask.ts';

export const strings = panelStrings(english);

/** The row of a task, made as the editor makes it. */
export function sampleRow(over: Parameters<typeof sampleTask>[0] = {}): PanelRow {
  return panelRow(sampleTask(over), english);
}
