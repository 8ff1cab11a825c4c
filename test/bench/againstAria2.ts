/**
 * One file from nginx on loopback into memory: `tributary get` beside aria2c and curl, interleaved, medians and ratios.
 * Process start is included for all of them. Run by `node test/bench/againstAria2.ts [MiB] [rounds]` after a build.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Content } from '../support/content.ts';
import { Scope } from '../support/scope.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { withoutProxies } from '../support/withoutProxies.ts';

const MIB = 1 << 20;
const sizeMiB = Number(process.argv[2] ?? 256);
const rounds = Number(process.argv[3] ?? 5);
const CLI = join(import.meta.dirname, '../../dist/cli.js');

interface Tool {
  readonly name: string;
  readonly version: string | null;
  readonly command: (address: string, target: string) => readonly [string, readonly string[]];
}

const tools: readonly Tool[] = [
  {
    name: 'tributary get',
    version: `${(JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }).version}, Node ${process.versions.node}`,
    command: (address, target) => [process.execPath, [CLI, 'get', '--quiet', '--output', target, address]],
  },
  {
    name: 'aria2c -x16 -s16 -k1M',
    version: firstLine('aria2c'),
    command: (address, target) => {
      const options = ['-q', '-x16', '-s16', '-k1M', '--file-allocation=none', '--no-conf=true'];
      return ['aria2c', [...options, '-d', join(target, '..'), '-o', 'f.bin', address]];
    },
  },
  { name: 'curl', version: firstLine('curl'), command: (address, target) => ['curl', ['-s', '-o', target, address]] },
];

function firstLine(program: string): string | null {
  const { stdout, error } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return error === undefined ? (/\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? 'unknown') : null;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function run(
  tool: Tool,
  address: string,
  folder: string,
  env: NodeJS.ProcessEnv,
  sha256: string,
): Promise<number> {
  const target = join(folder, 'f.bin');
  const [program, args] = tool.command(address, target);
  const began = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [exitCode] = await once(child, 'exit');
  const elapsedMs = performance.now() - began;
  if (exitCode !== 0) throw new Error(`${tool.name} ended with ${exitCode}`);
  if ((await sha256OfFile(target)) !== sha256) throw new Error(`${tool.name} delivered a wrong file`);
  rmSync(target);
  return elapsedMs;
}

const scope = new Scope();
try {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const home = mkdtempSync(join(base, 'tributary-bench-'));
  scope.defer(() => rmSync(home, { recursive: true, force: true }));
  const served = join(home, 'served');
  mkdirSync(served);
  const content = new Content(sizeMiB * MIB, 1);
  const file = openSync(join(served, 'f.bin'), 'w');
  for (let offset = 0; offset < content.sizeBytes; offset += MIB) writeSync(file, content.slice(offset, offset + MIB));
  const nginx = await startNginx(scope, { folder: served, workers: 2 });
  const target = join(home, 'target');
  mkdirSync(target);
  const env = { ...withoutProxies({ ...process.env }), XDG_DATA_HOME: join(home, 'data') };

  const present = tools.filter(({ version }) => version !== null);
  for (const { name } of tools.filter(({ version }) => version === null)) console.log(`missing: ${name}`);
  const times = new Map<Tool, number[]>(present.map((tool) => [tool, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const tool of present) {
      const elapsedMs = await run(tool, `${nginx.origin}/f.bin`, target, env, content.sha256);
      // The first round warms caches and is not counted.
      if (round > 0) times.get(tool)?.push(elapsedMs);
    }
  }

  console.log(
    `${sizeMiB} MiB from nginx on loopback, ${base}, ${cpus().length} cores, ${rounds} rounds, median wall time\n`,
  );
  console.log('| tool | version | median | fastest | slowest | against aria2c |\n|---|---|---|---|---|---|');
  const aria2 = median(times.get(tools[1] as Tool) ?? []);
  for (const tool of present) {
    const all = times.get(tool) ?? [];
    const [middle, least, most] = [median(all), Math.min(...all), Math.max(...all)].map(
      (ms) => `${(ms / 1000).toFixed(2)} s`,
    );
    console.log(
      `| ${tool.name} | ${tool.version} | ${middle} | ${least} | ${most} | ${(median(all) / aria2).toFixed(2)} |`,
    );
  }
} finally {
  await scope.close();
}
