import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServedFile } from '../../../../src/engine/disk/servedFile.ts';
import type { BoundedConnection } from '../../../../src/engine/net/boundedListener.ts';
import { sendFile } from '../../../../src/engine/share/sendFile.ts';
import { Content } from '../../../support/content.ts';
import { useScope } from '../../../support/scope.ts';
import { startHttpServer } from '../../../support/servers/httpServer.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

describe('sendFile', () => {
  const scope = useScope();
  const content = new Content(300_000);

  it('asks for no more at a time than the limit lets out in a second, and is held meanwhile', async () => {
    const path = join(tempFolder(scope), 'f');
    writeFileSync(path, content.slice(0, content.sizeBytes));
    let holds = 0;
    const hold = (work: Promise<unknown>): Promise<unknown> => {
      holds++;
      return work;
    };
    const connection = { hold } as unknown as BoundedConnection;
    const admitted: number[] = [];
    const limit = {
      bytesPerSecond: 1500,
      admit: async (bytes: number) => {
        admitted.push(bytes);
        // It is raised, lowered, and lifted while bytes flow.
        limit.bytesPerSecond = [1500, 100_000_000, 10, 0][admitted.length] ?? 0;
      },
    };
    const { origin } = await startHttpServer(scope, {
      '/f': async ({ response }) => {
        const file = await ServedFile.open(path);
        assert.ok(file);
        scope.defer(() => file.close());
        response.writeHead(200, { 'content-length': content.sizeBytes });
        const init = { start: 0, end: content.sizeBytes, connection, limit, onSent: () => {} };
        await sendFile(response, file, init, { signal: new AbortController().signal });
      },
    });
    const body = Buffer.from(await (await fetch(`${origin}/f`)).arrayBuffer());
    assert.ok(body.equals(content.slice(0, content.sizeBytes)));
    assert.deepEqual(admitted, [1500, 65_536, 1024]);
    assert.equal(holds, 3);
  });
});
