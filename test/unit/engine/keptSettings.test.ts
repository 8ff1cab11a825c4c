import assert from 'node:assert/strict';
import { DEFAULT_NETWORK, DEFAULT_SETTINGS } from '../../../src/contract/settings.ts';
import { loadSettings, saveSettings } from '../../../src/engine/keptSettings.ts';
import { filesThatHold } from '../../support/filesThatHold.ts';
import { useScope } from '../../support/scope.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('settings that outlive the engine', () => {
  const scope = useScope();

  const proxies: [given: string, kept: string][] = [
    ['http://someone:s3cret@proxy:3128', 'http://proxy:3128'],
    ['https://someone:s3cret@proxy', 'https://proxy'],
    // A password may hold an @, and the scheme may be left out.
    ['http://someone:p@s3cret@proxy:3128', 'http://proxy:3128'],
    ['someone:s3cret@proxy:3128', 'proxy:3128'],
    ['someone:p@s3cret@proxy:3128', 'proxy:3128'],
    // Not to be used, but no place for a password either.
    ['http://someone:s3cret/1@proxy:3128', 'http://proxy:3128'],
    ['http:/someone:s3cret@proxy:3128', 'http:/proxy:3128'],
  ];
  for (const [given, kept] of proxies) {
    it(`keep ${kept} of ${given}, and that something is missing`, async () => {
      const folder = tempFolder(scope);
      await saveSettings(folder, DEFAULT_SETTINGS, { ...DEFAULT_NETWORK, proxy: given });
      const { network, needsProxyAuthorization } = await loadSettings(folder);
      assert.equal(network.proxy, kept);
      assert.equal(needsProxyAuthorization, true);
      assert.deepEqual(filesThatHold(folder, ['s3cret']), []);
    });
  }

  it('keep a proxy without user info as it is', async () => {
    for (const proxy of ['', 'proxy:3128', 'http://proxy:3128/', 'http://[::1]:3128']) {
      const folder = tempFolder(scope);
      await saveSettings(folder, DEFAULT_SETTINGS, { ...DEFAULT_NETWORK, proxy });
      const { network, needsProxyAuthorization } = await loadSettings(folder);
      assert.equal(network.proxy, proxy);
      assert.equal(needsProxyAuthorization, false);
    }
  });
});
