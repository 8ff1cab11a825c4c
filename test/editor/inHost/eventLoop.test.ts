import assert from 'node:assert/strict';
import { existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { useScope } from '../../support/scope.ts';
import type { Nginx } from '../../support/servers/nginx.ts';
import { startNginx, whyNoNginx } from '../../support/servers/nginx.ts';
import { skipBecause } from '../../support/skipBecause.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { waitFor } from '../../support/waitFor.ts';
import { downloadThroughCommand } from './downloadThroughCommand.ts';
import { report } from './report.ts';

const SIZE_BYTES = 1024 ** 3;
const BUDGET_MS = 20;
const ROUNDS = 3;

describe('the extension host', () => {
  const scope = useScope();

  it(`stays responsive while the engine downloads at full speed (p99 at most ${BUDGET_MS} ms)`, async function () {
    skipBecause(this, whyNoNginx());
    this.timeout(180_000);
    const nginx = await startNginx(scope);
    // Sparse: only the transfer is of interest here.
    writeFileSync(join(nginx.folder, 'big.bin'), '');
    truncateSync(join(nginx.folder, 'big.bin'), SIZE_BYTES);
    let leastMs = Number.POSITIVE_INFINITY;
    // Whatever else the machine does only adds to the delay, so the least disturbed round tells what Tributary costs.
    for (let round = 1; round <= ROUNDS && leastMs > BUDGET_MS; round++) {
      leastMs = Math.min(leastMs, await p99DelayDuringDownload(nginx, tempFolder(scope)));
    }
    assert.ok(leastMs <= BUDGET_MS, `p99 is ${leastMs.toFixed(1)} ms in the best of ${ROUNDS} rounds`);
  });
});

/** Milliseconds. The loop of this process is that of all extensions of the window. */
async function p99DelayDuringDownload(nginx: Nginx, folder: string): Promise<number> {
  await downloadThroughCommand(`${nginx.origin}/big.bin`, folder);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startMs = performance.now();
  await waitFor('the file', () => existsSync(join(folder, 'big.bin')), 50_000);
  delay.disable();
  const megabytesPerSecond = SIZE_BYTES / 1000 / (performance.now() - startMs);
  const [p50Ms, p99Ms, mostMs] = [delay.percentile(50) / 1e6, delay.percentile(99) / 1e6, delay.max / 1e6];
  report(
    '      event loop delay: p50 %s ms, p99 %s ms, most %s ms, at %s MB/s',
    ...[p50Ms, p99Ms, mostMs].map((milliseconds) => milliseconds.toFixed(1)),
    megabytesPerSecond.toFixed(0),
  );
  return p99Ms;
}
