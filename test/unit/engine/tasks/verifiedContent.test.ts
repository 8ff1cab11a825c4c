import assert from 'node:assert/strict';
import type { SourceKind } from '../../../../src/contract/task.ts';
import type { SourceDescription } from '../../../../src/engine/sources/source.ts';
import { TaskList } from '../../../../src/engine/tasks/taskList.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { ScriptedSource } from '../transfer/scriptedSource.ts';
import { sampleDescription } from './sampleDescription.ts';
import { sampleRecord } from './sampleRecord.ts';

const ID = 'aaaaaaaa';
const SIZE = 3_000_000;

/** It gives the beginning of the file, with a wrong byte in it, and nothing more. */
class PlainSource extends ScriptedSource {
  constructor() {
    super(SIZE, async ({ range, give, hang }) => {
      if (range.start === 0) await give(500_000);
      await hang();
    });
    this.content.writeUInt8(this.content.readUInt8(7) ^ 1, 7);
  }

  override async describe(): Promise<SourceDescription> {
    return sampleDescription(SIZE, null);
  }
}

/** A CID: every byte that it gives was checked. */
class ContentSource extends ScriptedSource {
  constructor(key: string, stopsAt: number | null = null) {
    super(
      SIZE,
      async ({ range, give, hang }) => {
        if (stopsAt === null) return;
        if (range.start === 0) await give(stopsAt);
        await hang();
      },
      { host: 'cid.example', key },
    );
    // A scripted source is a link otherwise.
    Object.defineProperty(this, 'kind', { value: 'ipfs' satisfies SourceKind });
  }

  override async describe(): Promise<SourceDescription> {
    const block = { start: 0, end: SIZE, cid: 'cid' };
    return {
      ...sampleDescription(SIZE, '"cid"'),
      content: { hash: 'cid', length: 1, indexAt: () => 0, blockAt: () => block },
    };
  }
}

describe('a file that is named by its hashes', () => {
  const scope = useScope();

  for (const [what, first, verification] of [
    ['another link, which was not checked', new PlainSource(), 'size-only'],
    ['the same content', new ContentSource('another gateway', 500_000), 'verified'],
  ] as const) {
    it(`is ${verification} when it was begun from ${what}`, async () => {
      const folder = tempFolder(scope);
      let source: ScriptedSource = first;
      const list = new TaskList({
        store: null,
        retryPausesMs: [],
        openSources: () => [source],
        openLink: () => assert.fail('there are no further links'),
        throttlesOf: () => [],
        onFurtherFiles: () => {},
        onFolder: () => {},
        hosts: new HostPolicies({ clock: systemClock, dateMs: Date.now }),
        clock: systemClock,
        random: () => 0,
        onChunk: () => {},
        log: () => {},
      });
      scope.defer(() => list.close());
      list.open();
      const link = 'https://example.com/x';
      await list.add(sampleRecord({ id: ID, address: link, display: link, folder, guessedName: 'x' }), {});
      await waitFor('its beginning', () => list.get(ID).record.receivedBytes >= 500_000);
      await list.pause(ID);
      source = new ContentSource('cid');
      await list.resume(ID);
      await waitFor('the file', () => list.get(ID).status.state === 'completed');
      const { status } = list.get(ID);
      assert.ok(source.reads.every(({ start }) => start > 0));
      assert.equal(status.state === 'completed' && status.verification, verification);
    });
  }
});
