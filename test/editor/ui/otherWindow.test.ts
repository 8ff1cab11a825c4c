import { Content } from '../../support/content.ts';
import { Scope } from '../../support/scope.ts';
import { joinEngine } from '../../support/vscodeWebEngine.ts';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import type { Stage } from './stage.ts';
import { setStage } from './stage.ts';

describe('a window in which nothing was downloaded', function () {
  this.timeout(120_000);
  const scope = new Scope();
  let stage: Stage;
  let window: VscodeWindow;
  after(() => scope.close());

  before(async () => {
    stage = await setStage(scope, {
      bytesPerSecondPerConnection: 100_000,
      settings: { 'tributary.connectionsPerDownload': 1 },
    });
    window = await stage.openWindow();
  });

  it('shows what another window begins', async () => {
    const other = await stage.openWindow();
    await other.showDownloads();
    const engine = await joinEngine(scope, stage.vscode.stateFolder, stage.workspace);
    await engine.add(stage.serve('big.bin', new Content(50_000_000)));
    await window.statusBarItem.filter({ hasText: '1 ↓' }).waitFor();
  });
});
