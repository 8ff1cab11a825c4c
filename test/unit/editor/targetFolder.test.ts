import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { type FolderSources, folderChoices } from '../../../src/editor/targetFolder.ts';

const home = resolve('/home/ann');
const workspace = resolve('/work/app');
const downloads = join(home, 'Downloads');

describe('folderChoices', () => {
  const cases: readonly [string, Partial<FolderSources>, string[]][] = [
    ['the workspace folder first', { workspaceFolders: [workspace] }, [workspace, downloads]],
    [
      'every workspace folder',
      { workspaceFolders: [workspace, resolve('/work/lib')] },
      [workspace, resolve('/work/lib'), downloads],
    ],
    ['Downloads without a workspace', {}, [downloads]],
    ['the last used one before Downloads', { lastUsed: resolve('/data') }, [resolve('/data'), downloads]],
    ['each folder once', { workspaceFolders: [workspace], lastUsed: workspace }, [workspace, downloads]],
    [
      'a configured one before all',
      { configured: resolve('/data'), workspaceFolders: [workspace] },
      [resolve('/data'), workspace, downloads],
    ],
    ['a configured one in the home folder', { configured: '~/big' }, [join(home, 'big'), downloads]],
    [
      'a relative one in the workspace',
      { configured: 'data', workspaceFolders: [workspace] },
      [join(workspace, 'data'), workspace, downloads],
    ],
    ['no relative one without a workspace', { configured: 'data' }, [downloads]],
    ['what there is when the setting holds no text', { configured: null }, [downloads]],
  ];
  for (const [name, over, expected] of cases) {
    it(`offers ${name}`, () => {
      const sources = { configured: '', workspaceFolders: [], lastUsed: null, homeFolder: home, ...over };
      assert.deepEqual(
        folderChoices(sources).map(({ folder }) => folder),
        expected,
      );
    });
  }
});
