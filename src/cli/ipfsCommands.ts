import { basename, join, resolve } from 'node:path';
import { TributaryError } from '../contract/errors.ts';
import { DEFAULT_IPFS, type IpfsSettings } from '../contract/settings.ts';
import { fileStamp } from '../engine/disk/fileRange.ts';
import { makePrivateFolder } from '../engine/disk/folder.ts';
import { lockFolder } from '../engine/disk/folderLock.ts';
import { ownVersion } from '../engine/disk/ownVersion.ts';
import { NodeKeeper } from '../engine/ipfs/nodeKeeper.ts';
import { HttpClient } from '../engine/net/httpClient.ts';
import { DEFAULT_TIMEOUTS } from '../engine/net/httpLimits.ts';
import { userDataFolder } from '../engine/registry.ts';
import { abortable } from '../kit/abort.ts';
import { systemClock } from '../kit/clock.ts';
import { BytesLine } from './bytesLine.ts';
import { EXIT_COMPLETE, EXIT_INTERRUPTED } from './exitCode.ts';
import type { CommonOptions } from './getPlan.ts';
import { Interrupt } from './interrupt.ts';
import { parseHost } from './listenHost.ts';
import { parsePort } from './portList.ts';
import { serveUntilStopped } from './serveUntilStopped.ts';

export interface IpfsServeOptions extends CommonOptions {
  readonly dir?: string;
  readonly port?: string;
  readonly host?: string;
  readonly bootstrap?: readonly string[];
  readonly allow?: readonly string[];
  readonly mdns?: boolean;
  readonly public?: boolean;
}

export interface IpfsAddOptions extends CommonOptions {
  readonly dir?: string;
  readonly quiet?: boolean;
}

/** The repository of this user's command line. */
export function userRepository(): string {
  return join(userDataFolder(process.env, process.platform), 'ipfs');
}

/**
 * `tributary ipfs serve`: prints each of its multiaddrs on a line, then that it listens; until it is told to stop.
 * @throws TributaryError `ipfs-unavailable`, `bad-option`, `folder-busy`, `disk-*`
 */
export async function runIpfsServe(options: IpfsServeOptions): Promise<number> {
  const folder = folderOf(options);
  await makePrivateFolder(folder);
  const lock = await lockFolder(folder);
  // Two nodes with one identity would take each other's connections.
  if (lock === null)
    throw new TributaryError('bad-option', { what: `The repository ${folder} is served by another process already.` });
  const keeper = openKeeper(folder, settingsOf(options));
  return serveUntilStopped({
    start: async (within) => {
      const node = await abortable(keeper.serve(), within);
      for (const address of node.addresses) process.stdout.write(`${address}\n`);
      process.stdout.write(`listening on ${node.addresses[0]?.replace(/\/p2p\/.*$/, '') ?? 'nothing'}\n`);
    },
    close: () => keeper.close().finally(() => lock.release()),
  });
}

/**
 * `tributary ipfs add`: the last line is the CID. A running `serve` of the same repository offers the file within a second.
 * @throws TributaryError `file-missing`, `share-changed`, `ipfs-unavailable`, `disk-*`
 */
export async function runIpfsAdd(file: string, options: IpfsAddOptions): Promise<number> {
  const interrupt = new Interrupt();
  const path = resolve(file);
  const sizeBytes = (await fileStamp(path))?.sizeBytes ?? 0;
  const line = new BytesLine(options.quiet !== true && process.stderr.isTTY);
  const onProgress = (bytes: number): void => line.show(bytes, sizeBytes);
  try {
    const repository = await openKeeper(folderOf(options), DEFAULT_IPFS).repository();
    const { cid } = await repository.share(path, { signal: interrupt.signal, onProgress });
    line.clear();
    if (options.quiet !== true) process.stdout.write(`ipfs://${cid}?filename=${encodeURIComponent(basename(path))}\n`);
    process.stdout.write(`${cid}\n`);
    return EXIT_COMPLETE;
  } catch (error) {
    line.clear();
    if (interrupt.happened) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    interrupt.dispose();
  }
}

function folderOf({ dir }: { dir?: string }): string {
  return dir === undefined ? userRepository() : resolve(dir);
}

function openKeeper(folder: string, settings: IpfsSettings): NodeKeeper {
  const client = new HttpClient({ env: process.env }, { timeouts: DEFAULT_TIMEOUTS });
  const keeper = new NodeKeeper(
    { client, clock: systemClock },
    { folder, userAgent: () => `Tributary/${ownVersion()}` },
  );
  // Nothing runs yet that could fail by it.
  keeper.configure(settings).catch(() => {});
  return keeper;
}

function settingsOf(options: IpfsServeOptions): IpfsSettings {
  return {
    ...DEFAULT_IPFS,
    host: parseHost(options.host ?? DEFAULT_IPFS.host),
    port: options.port === undefined ? DEFAULT_IPFS.port : parsePort('--port', options.port),
    bootstrap: [...(options.bootstrap ?? [])],
    allowedPeers: [...(options.allow ?? [])],
    mdns: options.mdns === true,
    network: options.public === true ? 'public' : 'private',
  };
}
