import assert from 'node:assert/strict';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { contactSources } from '../../../../src/engine/tasks/contactSources.ts';
import type { RunTaskComponents } from '../../../../src/engine/tasks/runComponents.ts';
import { Task } from '../../../../src/engine/tasks/task.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import { Throttle } from '../../../../src/engine/transfer/throttle.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { AnsweringSource } from '../transfer/answeringSource.ts';
import { sampleRecord } from './sampleRecord.ts';

const LINK = 'https://example.com/a.zip';
const MIRROR = 'https://mirror.example/a.zip';

describe('contactSources', () => {
  const init = { checksum: null, findChecksum: false, wanted: () => null, begunBytes: null };
  const options = { signal: new AbortController().signal };

  function taskOf(): Task {
    const mirrors = [{ address: MIRROR, display: MIRROR, needsSecrets: false }];
    return new Task(sampleRecord({ address: LINK, display: LINK, mirrors }), {}, new Throttle(systemClock));
  }

  function componentsOf(openSources: RunTaskComponents['openSources']): RunTaskComponents {
    return {
      openSources,
      openLink: () => assert.fail('there are no further links'),
      throttlesOf: () => [],
      hosts: new HostPolicies({ clock: systemClock, dateMs: Date.now }),
      clock: systemClock,
      random: () => 0,
      reserve: () => true,
      onChunk: () => {},
      onProgress: () => {},
      onSourceFailed: () => {},
      onFurtherFiles: () => {},
      onFolder: () => {},
    };
  }

  it('closes what the other links stand for when one cannot be opened', async () => {
    const opened = new AnsweringSource('example.com', systemClock);
    const components = componentsOf((_task, link) => {
      if (link === LINK) return [opened];
      throw new TributaryError('ipfs-unavailable', { reason: 'it is not there' });
    });
    assertCode(await rejection(contactSources(taskOf(), components, init, options)), 'ipfs-unavailable');
    assert.equal(opened.closed, 1);
  });

  it('lets a source take part once that two links stand for, and closes both in the end', async () => {
    const opened = [1, 2].map(() => new AnsweringSource('example.com', systemClock));
    const components = componentsOf((_task, link) => opened.slice(link === LINK ? 0 : 1, link === LINK ? 1 : 2));
    const { supply } = await contactSources(taskOf(), components, init, options);
    assert.equal(supply.sources.length, 1);
    await supply.close();
    assert.deepEqual(
      opened.map(({ closed, asked }) => [closed, asked.length]),
      [
        [1, 1],
        [1, 0],
      ],
    );
  });
});
