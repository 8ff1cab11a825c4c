import assert from 'node:assert/strict';
import type { HubItem } from '../../../../src/editor/hub/hubItem.ts';
import { hubItemChange } from '../../../../src/editor/hub/hubItemChange.ts';

const ACTIVE: HubItem = {
  id: 'file',
  label: 'model.gguf',
  name: 'model.gguf',
  description: '41 % · 2.0 MB/s',
  icon: { id: 'arrow-down', color: null },
  contextValue: 'hubFile.downloading',
  children: 'none',
  click: { command: 'showPanel', taskId: 'task1' },
  accessibilityLabel: 'model.gguf, 41 %, 2.0 MB/s',
};

describe('hubItemChange', () => {
  const further = { ...ACTIVE, description: '42 % · 2.0 MB/s', accessibilityLabel: 'model.gguf, 42 %, 2.0 MB/s' };
  const cases: [what: string, before: HubItem | null | undefined, after: HubItem | null, expected: string][] = [
    ['nothing', ACTIVE, { ...ACTIVE }, 'none'],
    ['nothing about a line that is gone', null, null, 'none'],
    ['that a download goes on', ACTIVE, further, 'words'],
    ['that a click does something else', ACTIVE, { ...further, click: { command: 'open' } }, 'state'],
    ['that the menu is another', ACTIVE, { ...further, contextValue: 'hubFile.downloaded' }, 'state'],
    ['that the icon is another', ACTIVE, { ...further, icon: { id: 'pass', color: 'charts.green' } }, 'state'],
    ['that a line is new', undefined, ACTIVE, 'state'],
    ['that a line has gone', ACTIVE, null, 'state'],
  ];
  for (const [what, before, after, expected] of cases) {
    it(`tells ${what}`, () => assert.equal(hubItemChange(before, after), expected));
  }
});
