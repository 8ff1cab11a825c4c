import { closeSync, ftruncateSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../../support/tempFolder.ts';
import type { Bench, Scenario } from '../bench.ts';
import { fileSystemOf } from '../fileSystemOf.ts';
import type { Usage } from '../measureCommand.ts';
import { measureCommand } from '../measureCommand.ts';
import { atMost } from '../report.ts';
import { GIB, MIB, mebibytes, megabytes, times } from '../units.ts';

const SIZES = [1 * GIB, 8 * GIB, 32 * GIB];
const LOOK_MS = 30;

/** Peak memory by file size, from files of nothing but a hole. */
export const fileGrowth: Scenario = {
  number: 12,
  title: 'growth of the file: 1, 8 and 32 GiB from a sparse origin',
  async run(bench) {
    // On a disk, since space for the whole file is asked for, which memory does not have.
    const folder = tempFolder(bench.scope);
    const stopBytes = (bench.options.quick ? 256 : 768) * MIB;
    const rows: { sizeBytes: number; usage: Usage }[] = [];
    for (const sizeBytes of SIZES)
      rows.push({ sizeBytes, usage: await fetchPart(bench, folder, sizeBytes, stopBytes) });
    const [least, most] = [rows[0]?.usage.peakBytes ?? 0, rows.at(-1)?.usage.peakBytes ?? 0];
    return {
      setting: `Into ${fileSystemOf(folder)}; each is interrupted after ${mebibytes(stopBytes)}, since disks are finite.`,
      columns: ['file', 'peak memory', 'CPU'],
      rows: rows.map(({ sizeBytes, usage }) => [
        mebibytes(sizeBytes),
        megabytes(usage.peakBytes),
        `${(usage.cpuMs / 1000).toFixed(2)} s`,
      ]),
      checks: [
        atMost('peak memory: 32 GiB to 1 GiB', most / least, 1.15, times),
        atMost('peak memory, 32 GiB', most, 130e6, megabytes),
      ],
      notes: [],
      data: rows.map(({ sizeBytes, usage: { peakBytes, cpuMs, wallMs } }) => ({ sizeBytes, peakBytes, cpuMs, wallMs })),
    };
  },
};

async function fetchPart(bench: Bench, folder: string, sizeBytes: number, stopBytes: number): Promise<Usage> {
  const name = `${sizeBytes / GIB}.bin`;
  const source = openSync(join(bench.sparse, name), 'w');
  ftruncateSync(source, sizeBytes);
  closeSync(source);
  const target = join(folder, name);
  const command = bench.tributary('get', '--quiet', '-o', target, `${bench.origin.plain}/sparse/${name}`);
  let look: NodeJS.Timeout | undefined;
  try {
    const onStart = (interrupt: () => void): void => {
      look = setInterval(() => {
        const written = (statSync(`${target}.part`, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
        if (written < stopBytes) return;
        clearInterval(look);
        interrupt();
      }, LOOK_MS);
    };
    const usage = await measureCommand(command, { env: bench.env, cwd: folder, deadlineMs: 60_000, onStart });
    if (usage.exitCode !== 130 && usage.exitCode !== 0) {
      throw new Error(`${name} ended with ${usage.exitCode}: ${usage.stderr.trim()}`);
    }
    return usage;
  } finally {
    clearInterval(look);
    for (const ending of ['', '.part', '.part.json']) rmSync(`${target}${ending}`, { force: true });
    rmSync(join(bench.sparse, name));
  }
}
