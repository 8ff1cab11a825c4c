import assert from 'node:assert/strict';
import { unlinked } from '../../../src/editor/unlinked.ts';

/** As the editor finds links in a notification. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

describe('unlinked', () => {
  it('leaves nothing that a notification would take as a link', () => {
    for (const name of ['[a](command:b)', 'x [a](https://b "c") [d](command:e)', '[[a](file:/b)']) {
      assert.match(name, LINK);
      assert.doesNotMatch(unlinked(name), LINK);
    }
    assert.equal(unlinked('notes (1) [final].md'), 'notes (1) [final].md');
  });
});
