import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../../support/content.ts';
import type { Bench, Scenario } from '../bench.ts';
import type { Command, Usage } from '../measureCommand.ts';
import { measureCommand } from '../measureCommand.ts';
import { atMost } from '../report.ts';
import { digestOfFile } from '../servedFile.ts';
import { median } from '../statistics.ts';
import { megabytes, seconds, times } from '../units.ts';

const FILES = 1000;
const FILE_BYTES = 64 * 1024;
const AT_ONCE = 16;

interface Row {
  readonly name: string;
  readonly runs: Usage[];
  trouble: string | null;
}

/** A list of small files: what each costs besides its bytes. */
export const manySmallFiles: Scenario = {
  number: 6,
  title: '1000 files of 64 KiB',
  async run(bench) {
    const names = serveSmallFiles(bench);
    const addresses = names.map((name) => `${bench.origin.plain}/small/${name}`);
    const commands = listCommands(bench, addresses);
    const rows = commands.map(
      ([name, command]): Row => ({ name, runs: [], trouble: command ? null : 'not installed' }),
    );
    for (let round = 0; round <= bench.options.rounds; round++) {
      for (const [index, [, command]] of commands.entries()) {
        const row = rows[index];
        if (command === null || row === undefined || row.trouble !== null) continue;
        const usage = await fetchList(bench, command, names);
        if (typeof usage === 'string') row.trouble = usage;
        else if (round > 0) row.runs.push(usage);
      }
    }
    const wall = (row: Row | undefined): number => median(row?.runs.map(({ wallMs }) => wallMs) ?? []);
    const own = wall(rows[0]);
    return {
      setting: `One list, ${AT_ONCE} at once where there is an option for it, process start included.`,
      columns: ['program', 'wall', 'CPU', 'peak memory', 'runs', 'wall, ours to theirs'],
      rows: rows.map((row, index) => {
        const { name, runs, trouble } = row;
        if (runs.length === 0) return [name, `no figure: ${trouble}`, '', '', '0', ''];
        const cpu = seconds(median(runs.map(({ cpuMs }) => cpuMs)));
        const peak = megabytes(median(runs.map(({ peakBytes }) => peakBytes)));
        return [name, seconds(wall(row)), cpu, peak, String(runs.length), index === 0 ? '' : times(own / wall(row))];
      }),
      checks: [atMost('wall, to aria2', own / wall(rows.find(({ name }) => name.startsWith('aria2'))), 1, times)],
      notes: rows.flatMap(({ name, trouble }) => (trouble === null ? [] : [`${name}: ${trouble}`])),
      data: rows.map(({ name, runs }) => ({ name, wallMs: runs.map(({ wallMs }) => wallMs) })),
    };
  },
};

function serveSmallFiles(bench: Bench): string[] {
  mkdirSync(join(bench.served, 'small'), { recursive: true });
  return Array.from({ length: FILES }, (_, index) => {
    const name = `${index}.bin`;
    writeFileSync(join(bench.served, 'small', name), new Content(FILE_BYTES, index + 1).slice(0, FILE_BYTES));
    return name;
  });
}

function listCommands(bench: Bench, addresses: readonly string[]): (readonly [string, Command | null])[] {
  const folder = join(bench.target, 'small');
  const list = join(bench.served, 'small.txt');
  writeFileSync(list, addresses.map((address) => `${address}\n`).join(''));
  const { curl, aria2, wget2 } = bench.programs;
  const curlConfig = join(bench.served, 'small.curl');
  writeFileSync(curlConfig, addresses.map((address) => `url = "${address}"\nremote-name\n`).join(''));
  const aria2Options = ['-q', '--no-conf=true', '--file-allocation=none', `-j${AT_ONCE}`];
  const wget2Options = ['-q', `--max-threads=${AT_ONCE}`];
  return [
    [
      `tributary get -j ${AT_ONCE} -i`,
      bench.tributary('get', '--quiet', '-j', String(AT_ONCE), '-d', folder, '-i', list),
    ],
    ['aria2c -i', aria2 === null ? null : [aria2, [...aria2Options, '-d', folder, '-i', list]]],
    ['curl -Z', curl === null ? null : [curl, ['-sS', '-Z', '--output-dir', folder, '-K', curlConfig]]],
    ['wget2 -i', wget2 === null ? null : [wget2, [...wget2Options, '-P', folder, '-i', list]]],
  ];
}

async function fetchList(bench: Bench, command: Command, names: readonly string[]): Promise<Usage | string> {
  const folder = join(bench.target, 'small');
  mkdirSync(folder);
  try {
    const usage = await measureCommand(command, { env: bench.env, cwd: folder, deadlineMs: 60_000 });
    if (usage.exitCode !== 0) return `ended with ${usage.exitCode}: ${usage.stderr.trim().split('\n').at(-1) ?? ''}`;
    const got = new Set(readdirSync(folder));
    const wrong = names.find(
      (name) => !got.has(name) || digestOfFile(join(folder, name)) !== digestOfFile(join(bench.served, 'small', name)),
    );
    return wrong === undefined ? usage : `did not deliver ${wrong}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
