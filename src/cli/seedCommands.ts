import { join, resolve } from 'node:path';
import { TributaryError } from '../contract/errors.ts';
import { DEFAULT_SEED_SETTINGS } from '../contract/seedApi.ts';
import { makePrivateFolder } from '../engine/disk/folder.ts';
import { ownVersion } from '../engine/disk/ownVersion.ts';
import { authorityOf } from '../engine/intake/authority.ts';
import { FIRST_SEED_PORT } from '../engine/intake/seedAddress.ts';
import { userDataFolder } from '../engine/registry.ts';
import { SeedSearch } from '../engine/seeds/seedSearch.ts';
import { Sharing } from '../engine/seeds/sharing.ts';
import { systemClock } from '../kit/clock.ts';
import { parseRate } from '../kit/parseRate.ts';
import { EXIT_COMPLETE } from './exitCode.ts';
import type { CommonOptions } from './getPlan.ts';
import { jsonText } from './jsonText.ts';
import { parseHost } from './listenHost.ts';
import { parsePort, parsePorts } from './portList.ts';
import { seedTable } from './seedTable.ts';
import { serveUntilStopped } from './serveUntilStopped.ts';
import { withoutControls } from './textWidth.ts';

export interface SeedOptions extends CommonOptions {
  readonly port?: string;
  readonly host?: string;
  readonly key?: string;
  readonly limit?: string;
}

export interface PeersOptions extends CommonOptions {
  readonly ports?: string;
  readonly json?: boolean;
}

/**
 * `tributary seed`: serves until it is told to stop.
 * @throws TributaryError `bad-option`, `share-unreadable`, `port-in-use`, `listen-failed`
 */
export async function runSeed(path: string, options: SeedOptions): Promise<number> {
  const port = options.port === undefined ? FIRST_SEED_PORT : parsePort('--port', options.port);
  const { key = null, limit } = options;
  const host = parseHost(options.host ?? '127.0.0.1');
  if (key !== null && !isKey(key)) throw new TributaryError('bad-option', { what: '--key takes visible ASCII only.' });
  const tells = options.log !== undefined && options.log !== 'off';
  const sharing = new Sharing(
    { clock: systemClock, log: (_, text) => tells && process.stderr.write(`${withoutControls(text)}\n`) },
    { digestsPath: await digestsPath(options.state), ports: [port] },
  );
  return serveUntilStopped({
    start: async () => {
      await sharing.configure({ ...DEFAULT_SEED_SETTINGS, host, key, uploadBytesPerSecond: rateOf(limit) });
      await sharing.share(resolve(path)).catch((error: unknown) => {
        throw neverThere(error);
      });
      // Looks at the files, so that their digests are on the way before somebody asks.
      await sharing.snapshot();
      if (sharing.endpoint !== null) process.stdout.write(`listening on ${authorityOf(sharing.endpoint)}\n`);
    },
    close: () => sharing.close(),
  });
}

/** `tributary peers`: asks once, and tells what it heard. @throws TributaryError `bad-option` */
export async function runPeers(options: PeersOptions): Promise<number> {
  const ports = options.ports === undefined ? DEFAULT_SEED_SETTINGS.ports : parsePorts('--ports', options.ports);
  const search = new SeedSearch({ own: () => null, log: () => {} }, { version: ownVersion() });
  search.configure({ ...DEFAULT_SEED_SETTINGS, ports });
  try {
    const found = await search.find();
    const up = found.peers.filter(({ state }) => state === 'up');
    if (options.json) {
      for (const { address, seedNumber: number, form, files } of up)
        writeJson({ type: 'seed', address, number, form, files: files.map(fileJson) });
      for (const file of found.files) writeJson({ type: 'file', ...fileJson(file), seeds: file.addresses });
    } else if (up.length === 0) {
      process.stderr.write('No seed was found.\n');
    } else {
      process.stdout.write(`${seedTable(found).join('\n')}\n`);
    }
  } finally {
    await search.close();
  }
  return EXIT_COMPLETE;
}

function fileJson({ name, sizeBytes, sha256 }: { name: string; sizeBytes: number; sha256: string | null }): object {
  return { name, size: sizeBytes, sha256 };
}

function writeJson(value: object): void {
  process.stdout.write(`${jsonText(value)}\n`);
}

function isKey(key: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(key);
}

/** Digests are worth keeping: a big file takes minutes to read. */
async function digestsPath(state: string | undefined): Promise<string> {
  const folder = state === undefined ? userDataFolder(process.env, process.platform) : resolve(state);
  await makePrivateFolder(folder);
  return join(folder, 'digests.json');
}

/** Nobody has begun yet, so nothing is "no longer there". */
function neverThere(error: unknown): unknown {
  if (!(error instanceof TributaryError && error.code === 'file-missing')) return error;
  return new TributaryError('share-unreadable', { ...error.args, reason: 'there is no such file or folder' });
}

function rateOf(text: string | undefined): number {
  const rate = text === undefined ? 0 : parseRate(text);
  if (rate === null) throw new TributaryError('bad-option', { what: `--limit takes 500k or 20M, not "${text}".` });
  return rate;
}
