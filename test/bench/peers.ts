import { basename, dirname } from 'node:path';
import type { Bench } from './bench.ts';
import type { Command } from './measureCommand.ts';
import type { Programs } from './programs.ts';

/** A program that fetches one address into one file. */
export interface Contender {
  readonly name: string;
  /** Null: not here, and named as missing. */
  readonly command: ((address: string, target: string) => Command) | null;
  /** At most so many counted rounds, without a warm-up, for one that would take most of the time. */
  readonly roundsAtMost?: number;
}

/** The command line of this build. */
export function ours(bench: Bench, ...more: string[]): Contender {
  return {
    name: 'tributary get',
    command: (address, target) =>
      bench.tributary('get', '--quiet', '--ca', bench.origin.caFile, ...more, '--output', target, address),
  };
}

type PeerName = Exclude<keyof Programs, 'nginx'>;

/** The peers of that name with the options that make each fast; trusting the origin's authority. */
export function peers(bench: Bench, ...names: PeerName[]): Contender[] {
  return names.map((name) => PEERS[name](bench.programs[name], bench));
}

/** axel; with `tls` it does not check certificates, since it has no option for an authority of one's own. */
export function axelWith(bench: Bench, connections: number, tls = false): Contender {
  const path = bench.programs.axel;
  return {
    name: `axel -n${connections}${tls ? ' -k' : ''}`,
    command:
      path === null
        ? null
        : (address, target) => [path, ['-q', `-n${connections}`, ...(tls ? ['-k'] : []), '-o', target, address]],
  };
}

const PEERS: Record<PeerName, (path: string | null, bench: Bench) => Contender> = {
  curl: (path, { origin }) => ({
    name: 'curl',
    command:
      path === null ? null : (address, target) => [path, ['-sS', '--cacert', origin.caFile, '-o', target, address]],
  }),
  aria2: (path, { origin }) => ({
    name: 'aria2c -x16 -s16 -k1M',
    command:
      path === null
        ? null
        : (address, target) => {
            const fast = ['-q', '-x16', '-s16', '-k1M', '--file-allocation=none', '--no-conf=true'];
            const where = ['-d', dirname(target), '-o', basename(target)];
            return [path, [...fast, `--ca-certificate=${origin.caFile}`, ...where, address]];
          },
  }),
  axel: (_path, bench) => axelWith(bench, 16),
  wget2: (path, { origin }) => ({
    name: 'wget2',
    command:
      path === null
        ? null
        : (address, target) => [path, ['-q', `--ca-certificate=${origin.caFile}`, '-O', target, address]],
  }),
  ipull: (path) => ({
    name: 'ipull -c 8',
    command:
      path === null
        ? null
        : (address, target) => [process.execPath, [path, '-c', '8', '-st', 'ci', '-s', target, address]],
    roundsAtMost: 1,
  }),
};
