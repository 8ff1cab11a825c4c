import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Content } from '../../support/content.ts';
import { useScope } from '../../support/scope.ts';
import { startHttpServer } from '../../support/servers/httpServer.ts';
import { serveFile } from '../../support/servers/serveFile.ts';
import { sha256OfFile } from '../../support/sha256OfFile.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { waitFor } from '../../support/waitFor.ts';
import { downloadThroughCommand } from './downloadThroughCommand.ts';

describe('Download File', () => {
  const scope = useScope();

  it('downloads a file from a server on this machine', async () => {
    const content = new Content(3_000_001);
    const server = await startHttpServer(scope, { '/small.bin': serveFile({ content }) });
    const folder = tempFolder(scope);
    await downloadThroughCommand(`${server.origin}/small.bin`, folder);
    const target = join(folder, 'small.bin');
    await waitFor('the file', () => existsSync(target));
    assert.equal(await sha256OfFile(target), content.sha256);
  });

  it('downloads the others when one of several links leads nowhere', async () => {
    const content = new Content(1000);
    const server = await startHttpServer(scope, {
      '/one.bin': serveFile({ content }),
      '/two.bin': serveFile({ content }),
    });
    const folder = tempFolder(scope);
    // Looks like a CID, and is none.
    const wrong = `ipfs://b${'a'.repeat(58)}`;
    await downloadThroughCommand(`${server.origin}/one.bin ${wrong} ${server.origin}/two.bin`, folder);
    for (const name of ['one.bin', 'two.bin']) await waitFor(name, () => existsSync(join(folder, name)));
  });

  it('keeps the part files out of the file watcher and the search', () => {
    for (const setting of ['files.watcherExclude', 'search.exclude']) {
      const patterns = vscode.workspace.getConfiguration().get<Record<string, boolean>>(setting);
      assert.equal(patterns?.['**/*.part'], true, setting);
      assert.equal(patterns?.['**/*.part.json'], true, setting);
    }
  });
});
