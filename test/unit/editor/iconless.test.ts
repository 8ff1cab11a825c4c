import assert from 'node:assert/strict';
import { iconless } from '../../../src/editor/iconless.ts';

/** As the editor finds icons in a label. */
const ICON = /(\\)?\$\(([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?:~[A-Za-z]+)?)\)/;

describe('iconless', () => {
  it('leaves nothing that a list would draw an icon for', () => {
    for (const name of ['$(verified) model.bin', 'a $(sync~spin) $(x)', '$$(check)']) {
      assert.match(name, ICON);
      assert.doesNotMatch(iconless(name), ICON);
    }
    assert.equal(iconless('cost in $ (2026).xlsx'), 'cost in $ (2026).xlsx');
  });
});
