import { join } from 'node:path';
import type { Checksum } from '../../contract/checksum.ts';
import { TributaryError } from '../../contract/errors.ts';
import { ensureFolder } from '../disk/folder.ts';
import { parseAddress } from '../intake/address.ts';
import { ownFileName, safeFileName } from '../intake/fileName.ts';
import type { MetalinkFile } from '../protocols/metalink/parseMetalink.ts';
import type { ByteRange, FolderEntry, Source } from '../sources/source.ts';
import { type DescribedSource, SourceSupply } from '../transfer/sourceSupply.ts';
import { FileDigests } from './fileDigests.ts';
import { findChecksumFile } from './findChecksumFile.ts';
import { IDLE_PROGRESS } from './idleProgress.ts';
import { readDescription, readMetalink } from './readMetalink.ts';
import type { ExpectedFile, FolderFileTask, RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

export interface ContactInit {
  /** What the user gave: it outranks whatever servers offer. */
  readonly checksum: Checksum | null;
  /** Look for a checksum file beside the file when nobody offers a checksum. */
  readonly findChecksum: boolean;
  /** What an earlier run has left to do first, for a source that it knew. */
  readonly wanted: (source: Source) => ByteRange | null;
  /** Size of the file of which it has left a part; null: nothing is left. */
  readonly begunBytes: number | null;
}

/** A file whose sources have begun to answer. */
export interface ContactedFile {
  /** To be closed by whoever got it. */
  readonly supply: SourceSupply;
  readonly lead: DescribedSource;
  readonly expected: ExpectedFile;
}

/**
 * First contact with everything that a task's links lead to: mirrors, a Metalink, what servers offer on the way.
 * @throws TributaryError of the first link when nothing can be used; the signal's reason when aborted
 */
export async function contactSources(
  task: Task,
  components: RunTaskComponents,
  init: ContactInit,
  options: { signal: AbortSignal },
): Promise<ContactedFile> {
  const supply = openSupply(task, components, init, null, options);
  try {
    const links = [task.link, ...task.mirrorLinks];
    for (const source of await givenSources(task, components, links, { ...options, ...init }))
      offerOnce(supply, source);
    const lead = await supply.lead();
    if (lead.described.isMetalink) return await followMetalink(task, components, init, { supply, lead }, options);
    if (lead.described.folder !== undefined) {
      await supply.close();
      await becomeFirstFile(task, components, lead.described.folder);
      return await contactSources(task, components, init, options);
    }
    const file = await describedBy(task, components, lead, options);
    return { supply, lead, expected: expectedOf(task, components, init, { supply, lead }, file, options) };
  } catch (error) {
    await supply.close();
    throw error;
  }
}

/** The link leads to a folder: the task goes on with its first file, others are made for the rest. */
async function becomeFirstFile(
  task: Task,
  components: RunTaskComponents,
  entries: readonly FolderEntry[],
): Promise<void> {
  const { folder, fileName } = task.record;
  const own = fileName === null ? null : ownFileName(fileName);
  const [first, ...others] = entries.map(({ path, address }): FolderFileTask => {
    const [top = '', ...rest] = path;
    const names = [own ?? top, ...rest];
    return { address, folder: join(folder, ...names.slice(0, -1)), name: names.at(-1) ?? '' };
  });
  if (first === undefined)
    throw new TributaryError('ipfs-unsupported', { cid: task.record.display, what: 'an empty folder' });
  const { url, display } = parseAddress(first.address);
  task.update({ address: url, display, folder: first.folder, fileName: null, guessedName: first.name });
  await ensureFolder(first.folder);
  if (others.length > 0) components.onFolder(task, others);
}

/** The link leads to a Metalink: the file is what that describes, and its mirrors are the sources. */
async function followMetalink(
  task: Task,
  components: RunTaskComponents,
  init: ContactInit,
  metalink: { supply: SourceSupply; lead: DescribedSource },
  options: { signal: AbortSignal },
): Promise<ContactedFile> {
  const files = await readMetalink(metalink.lead, options);
  await metalink.supply.close();
  const wanted = task.record.metalinkFile;
  const file = wanted === null ? files[0] : files.find(({ name }) => name === wanted);
  if (file === undefined) throw new TributaryError('bad-metalink', { reason: 'it no longer names the file' });
  if (file.mirrors.length === 0) throw new TributaryError('bad-metalink', { reason: 'it names no http or https link' });
  if (wanted === null && files.length > 1) {
    task.update({ metalinkFile: file.name });
    components.onFurtherFiles(
      task,
      files.slice(1).map(({ name }) => name),
    );
  }
  const supply = openSupply(task, components, init, file.sizeBytes, options);
  try {
    for (const { url } of file.mirrors) supply.offer(components.openLink(task, url));
    for (const source of await givenSources(task, components, task.mirrorLinks, { ...options, ...init }))
      offerOnce(supply, source);
    const lead = await supply.lead();
    return { supply, lead, expected: expectedOf(task, components, init, { supply, lead }, file, options) };
  } catch (error) {
    await supply.close();
    throw error;
  }
}

/** What the server's own Metalink says of the file; null when it points to none. */
async function describedBy(
  task: Task,
  components: RunTaskComponents,
  { described }: DescribedSource,
  options: { signal: AbortSignal },
): Promise<MetalinkFile | null> {
  const [link] = described.offers.metalinks;
  if (link === undefined || described.sizeBytes === null || !described.ranges) return null;
  return readDescription(components.openLink(task, link), described.sizeBytes, options);
}

function expectedOf(
  task: Task,
  components: RunTaskComponents,
  init: ContactInit,
  { supply, lead }: { supply: SourceSupply; lead: DescribedSource },
  file: MetalinkFile | null,
  options: { signal: AbortSignal },
): ExpectedFile {
  const digests = new FileDigests({
    checksum: init.checksum ?? file?.digests[0] ?? null,
    pieces: file?.pieces ?? null,
  });
  digests.adopt(lead);
  const { checksum } = digests;
  for (const { url } of file?.mirrors ?? []) offerOnce(supply, components.openLink(task, url));
  // Nobody but the server vouches for these: without a checksum two hosts are not mixed.
  if (checksum !== null)
    for (const link of lead.described.offers.mirrors) offerOnce(supply, components.openLink(task, link));
  const looksFurther = checksum === null && init.findChecksum;
  return {
    name: file === null ? null : safeFileName(file.name),
    digests,
    lateChecksum: looksFurther
      ? findChecksumFile({ openLink: (link) => components.openLink(task, link) }, task.link, options)
      : Promise.resolve(null),
  };
}

/** @throws TributaryError `no-seed` when a link stands for nothing now, and no other one for anything */
async function givenSources(
  task: Task,
  { openSources }: RunTaskComponents,
  links: readonly string[],
  { signal, begunBytes }: { signal: AbortSignal; begunBytes: number | null },
): Promise<Source[]> {
  const opened = await Promise.allSettled(links.map(async (link) => openSources(task, link, { signal, begunBytes })));
  const sources = opened.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  for (const [n, result] of opened.entries()) {
    if (result.status === 'fulfilled') continue;
    const absent = result.reason instanceof TributaryError && result.reason.code === 'no-seed';
    if (!absent || sources.length === 0) {
      for (const source of sources) source.close();
      throw result.reason;
    }
    task.linkFailed(links[n] ?? '', result.reason);
  }
  return sources;
}

/** What two links stand for takes part once. */
function offerOnce(supply: SourceSupply, source: Source): void {
  if (supply.sources.some(({ key }) => key === source.key)) source.close();
  else supply.offer(source);
}

function openSupply(
  task: Task,
  components: RunTaskComponents,
  init: ContactInit,
  sizeBytes: number | null,
  { signal }: { signal: AbortSignal },
): SourceSupply {
  const { hosts, clock, random } = components;
  const { receivedBytes } = task.record;
  const supply: SourceSupply = new SourceSupply(
    {
      hosts,
      clock,
      random,
      onWaiting: (reason) =>
        components.onProgress('connecting', { ...IDLE_PROGRESS, receivedBytes, waiting: reason.toInfo() }),
      onSourceFailed: (source, error) => components.onSourceFailed(task, source, error),
    },
    { wanted: init.wanted, sizeBytes, everReached: receivedBytes > 0, signal },
  );
  task.supply = supply;
  return supply;
}
