import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TributaryError } from '../../../../src/contract/errors.ts';
import type { SourceDescription } from '../../../../src/engine/sources/source.ts';
import { TaskList } from '../../../../src/engine/tasks/taskList.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { type Deferred, deferred } from '../../../../src/kit/deferred.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { ScriptedSource } from '../transfer/scriptedSource.ts';
import { sampleDescription } from './sampleDescription.ts';
import { sampleRecord } from './sampleRecord.ts';

const ID = 'aaaaaaaa';
const SIZE = 3_000_000;
/** What lasts so long is over in a moment here. */
const LONG_MS = 10_000;

/** It breaks down after its first bytes, and is back with another version of its file, of the same size. */
class UpdatedSource extends ScriptedSource {
  descriptions = 0;

  constructor(host: string) {
    super(
      SIZE,
      async ({ give }) => {
        if (this.descriptions > 1) return;
        await give(1000);
        throw new TributaryError('connection-lost', { host, givenUp: 1 });
      },
      { host },
    );
  }

  override async describe(): Promise<SourceDescription> {
    this.descriptions++;
    if (this.descriptions > 1) this.content.fill(0);
    return sampleDescription(SIZE, `"${this.descriptions}"`);
  }
}

/** It gives everything once the test lets it. */
class SteadySource extends ScriptedSource {
  readonly gate: Deferred<void>;

  constructor(host: string) {
    const gate = deferred<void>();
    super(SIZE, () => gate.promise, { host });
    this.gate = gate;
  }

  override async describe(): Promise<SourceDescription> {
    return sampleDescription(SIZE, '"steady"');
  }
}

describe('a source that comes back after a failure', () => {
  const scope = useScope();

  for (const place of ['first', 'mirror'] as const) {
    it(`${place}: brings nothing more when its file is another one by then`, async () => {
      const folder = tempFolder(scope);
      const updated = new UpdatedSource('updated.example');
      const steady = new SteadySource('steady.example');
      const list = new TaskList({
        store: null,
        retryPausesMs: [],
        openSources: () => (place === 'first' ? [updated, steady] : [steady, updated]),
        openLink: () => assert.fail('there are no further links'),
        throttlesOf: () => [],
        onFurtherFiles: () => {},
        onFolder: () => {},
        hosts: new HostPolicies({ clock: systemClock, dateMs: Date.now }),
        clock: {
          ...systemClock,
          sleep: (ms, options) => systemClock.sleep(ms > LONG_MS ? 50 : ms, options),
        },
        random: () => 0,
        onChunk: () => {},
        log: () => {},
      });
      scope.defer(() => list.close());
      list.open();
      const link = 'https://example.com/x';
      await list.add(sampleRecord({ id: ID, address: link, display: link, folder, guessedName: 'x' }), {});
      await waitFor('it to be back', () => updated.descriptions > 1);
      const reads = updated.reads.length;
      steady.gate.resolve();
      await waitFor('the file', () => list.get(ID).status.state === 'completed');
      assert.ok(readFileSync(join(folder, 'x')).equals(steady.content), 'two versions were mixed');
      assert.equal(updated.reads.length, reads);
    });
  }
});
