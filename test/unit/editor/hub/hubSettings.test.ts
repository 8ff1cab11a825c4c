import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { hubSettings } from '../../../../src/editor/hub/hubSettings.ts';

const read = (settings: Readonly<Record<string, unknown>>) => (key: string) => settings[key];

describe('hubSettings', () => {
  it('takes what is set', () => {
    const folder = resolve('/srv/hub');
    const settings = {
      'tributary.hub.port': 9000,
      'tributary.hub.folder': ` ${folder} `,
      'tributary.hub.name': ' Anna ',
      'tributary.hub.notify': false,
    };
    assert.deepEqual(hubSettings(read(settings)), { port: 9000, folder, name: 'Anna', notify: false });
    assert.equal(hubSettings(read({ 'tributary.hub.folder': '~/hub' })).folder, join(homedir(), 'hub'));
  });

  it('counts nonsense as not set', () => {
    const nonsense = {
      'tributary.hub.port': '9000',
      'tributary.hub.folder': 'hub',
      'tributary.hub.name': 5,
      'tributary.hub.notify': 'no',
    };
    for (const settings of [nonsense, {}, { 'tributary.hub.port': 0 }, { 'tributary.hub.port': 70_000 }]) {
      assert.deepEqual(hubSettings(read(settings)), { port: 8090, folder: null, name: null, notify: true });
    }
  });
});
