import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../src/editor/contributions.ts';
import { report } from './report.ts';
import { theExtension } from './theExtension.ts';

const BUDGET_MS = 50;

/** What `measuredMain.cjs` leaves behind. */
interface Activation {
  readonly loadMs: number;
  readonly activateMs: number;
}

describe('activation', () => {
  it(`keeps the extension host busy for at most ${BUDGET_MS} ms`, async () => {
    await theExtension().activate();
    const { tributaryActivation } = globalThis as { tributaryActivation?: Activation };
    assert.ok(tributaryActivation, 'it was started without being measured');
    const { loadMs, activateMs } = tributaryActivation;
    report('      %s ms of work to load it, %s ms to activate it', loadMs.toFixed(1), activateMs.toFixed(1));
    assert.ok(loadMs + activateMs <= BUDGET_MS, `${(loadMs + activateMs).toFixed(1)} ms`);
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
