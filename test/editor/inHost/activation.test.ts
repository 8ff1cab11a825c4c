import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../src/editor/contributions.ts';
import { skipBecause } from '../../support/skipBecause.ts';
import { report } from './report.ts';
import { theExtension } from './theExtension.ts';

const BUDGET_MS = 50;

describe('activation', () => {
  it(`keeps the extension host busy for at most ${BUDGET_MS} ms`, async function () {
    const extension = theExtension();
    skipBecause(this, extension.isActive ? 'VS Code had activated it before the tests began' : null);
    const startedMs = performance.now();
    const before = process.threadCpuUsage();
    await extension.activate();
    const { user, system } = process.threadCpuUsage(before);
    const busyMs = (user + system) / 1000;
    report(
      '      activation: %s ms of work within %s ms',
      busyMs.toFixed(1),
      (performance.now() - startedMs).toFixed(1),
    );
    // Work rather than the clock, which runs on while the machine does something else.
    assert.ok(busyMs <= BUDGET_MS, `${busyMs.toFixed(1)} ms`);
  });

  it('registers every command that package.json offers', async () => {
    await theExtension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      Object.values(COMMANDS).filter((id) => !registered.has(id)),
      [],
    );
  });
});
