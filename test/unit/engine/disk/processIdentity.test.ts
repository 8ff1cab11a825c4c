import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isOtherNamespace, isRunning, ownIdentity, ownPlace } from '../../../../src/engine/disk/processIdentity.ts';
import { useScope } from '../../../support/scope.ts';
import { skipBecause } from '../../../support/skipBecause.ts';

describe('processIdentity', () => {
  const scope = useScope();

  it('knows this very process', () => {
    assert.equal(ownIdentity().pid, process.pid);
    assert.equal(isRunning(ownIdentity()), true);
  });

  it('knows a child while it lives, and no longer', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    scope.defer(() => child.kill('SIGKILL'));
    await once(child, 'spawn');
    const identity = { pid: child.pid ?? 0, startTicks: null };
    assert.equal(isRunning(identity), true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(isRunning(identity), false);
  });

  it('takes a host that has another name now for the one that it was', () => {
    assert.equal(isOtherNamespace('Mac.fritz.box', null), false);
    assert.equal(isOtherNamespace('boot-1 pid:[2]', 'boot-1 pid:[1]'), true);
    assert.equal(isOtherNamespace(ownPlace()), false);
  });

  it('is not deceived by another process of the same number', function () {
    skipBecause(this, process.platform === 'linux' ? null : 'only Linux tells when a process has started');
    assert.notEqual(ownIdentity().startTicks, null);
    assert.equal(isRunning({ ...ownIdentity(), startTicks: '1' }), false);
  });
});
