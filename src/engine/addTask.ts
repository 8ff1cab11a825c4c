import { randomInt } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import type { AddParams, TaskSecrets } from '../contract/engineApi.ts';
import { TributaryError } from '../contract/errors.ts';
import type { TaskId } from '../contract/task.ts';
import { type Address, parseAddress, withoutQueryValues } from './intake/address.ts';
import { formatChecksum, parseChecksum } from './intake/checksum.ts';
import { chooseName } from './intake/chooseName.ts';
import { FALLBACK_NAME, safeFileName } from './intake/fileName.ts';
import { checkHeaders } from './intake/headers.ts';
import { ipfsLinkOf } from './intake/ipfsAddress.ts';
import { seedTargetOf } from './intake/seedAddress.ts';
import type { TaskRecord } from './tasks/taskRecord.ts';

const ID_LENGTH = 8;

/**
 * Turns what a client asked for into what is kept of it and what must not be.
 * @throws TributaryError `not-a-link`, `scheme-unsupported`, `bad-checksum`, `bad-header`, `bad-option`
 */
export function prepareTask(
  params: AddParams,
  init: { order: number; nowMs: number },
): { record: TaskRecord; secrets: TaskSecrets } {
  const address = parseAddress(params.address);
  const headers = checkHeaders(params.headers ?? {});
  const mirrors = (params.mirrors ?? []).map(prepareMirror);
  if (!isAbsolute(params.folder))
    throw new TributaryError('bad-option', { what: `The folder ${params.folder} is not an absolute path.` });
  const secretHeaders = Object.keys(headers).length > 0;
  const secretMirrors = mirrors.flatMap(({ secret }) => (secret === null ? [] : [secret]));
  return {
    record: {
      version: 1,
      id: newTaskId(),
      ...keptLink(address),
      needsSecrets: isSecret(address) || secretHeaders,
      mirrors: mirrors.map(({ kept }) => kept),
      metalinkFile: null,
      addedBy: null,
      folder: resolve(params.folder),
      fileName: params.fileName ?? null,
      targetName: null,
      guessedName: guessName(address, params.fileName),
      checksum: params.checksum === undefined ? null : formatChecksum(parseChecksum(params.checksum)),
      offeredChecksum: null,
      findChecksum: params.findChecksum ?? null,
      limitBytesPerSecond: params.limitBytesPerSecond ?? 0,
      exists: params.exists ?? 'rename',
      order: init.order,
      createdAt: init.nowMs,
      sizeBytes: null,
      receivedBytes: 0,
      resumable: null,
      status: { state: 'queued' },
    },
    secrets: {
      ...(isSecret(address) ? { address: params.address.trim() } : {}),
      ...(secretHeaders ? { headers } : {}),
      ...(secretMirrors.length > 0 ? { mirrors: secretMirrors } : {}),
    },
  };
}

/**
 * One more link to a task's file: what is kept of it, and the whole of it when that must not be written down.
 * @throws TributaryError `not-a-link`, `scheme-unsupported`, `bad-option`
 */
export function prepareMirror(link: string): { kept: TaskRecord['mirrors'][number]; secret: string | null } {
  const address = parseAddress(link);
  const needsSecrets = isSecret(address);
  return { kept: { ...keptLink(address), needsSecrets }, secret: needsSecrets ? link.trim() : null };
}

/** Another task for one more file of the Metalink that a task's link leads to. */
export function prepareSibling(
  task: { record: TaskRecord; secrets: TaskSecrets },
  file: string,
  init: { order: number; nowMs: number },
): { record: TaskRecord; secrets: TaskSecrets } {
  const { record } = task;
  const { mirrors: _, ...others } = task.secrets;
  return {
    record: {
      ...record,
      id: newTaskId(),
      metalinkFile: file,
      addedBy: record.id,
      // The user's mirrors are of the first file.
      mirrors: [],
      fileName: null,
      targetName: null,
      guessedName: safeFileName(file) ?? record.guessedName,
      checksum: null,
      offeredChecksum: null,
      order: init.order,
      createdAt: init.nowMs,
      sizeBytes: null,
      receivedBytes: 0,
      resumable: null,
      status: { state: 'queued' },
    },
    secrets: others,
  };
}

/** Another task for one more file of the folder that a task's link leads to. */
export function prepareFolderFile(
  task: { record: TaskRecord; secrets: TaskSecrets },
  file: { address: string; folder: string; name: string },
  init: { order: number; nowMs: number },
): { record: TaskRecord; secrets: TaskSecrets } {
  const { record, secrets } = prepareSibling(task, file.name, init);
  const { folder, address } = file;
  return { record: { ...record, ...keptLink(parseAddress(address)), metalinkFile: null, folder }, secrets };
}

/** A link in the place of another one. */
export function replaceLink(
  task: { record: TaskRecord; secrets: TaskSecrets },
  link: string,
): { record: TaskRecord; secrets: TaskSecrets } {
  const address = parseAddress(link);
  const { address: _, ...others } = task.secrets;
  const secrets = isSecret(address) ? { ...others, address: link.trim() } : others;
  const needsSecrets = isSecret(address) || task.secrets.headers !== undefined;
  return { record: { ...task.record, ...keptLink(address), needsSecrets }, secrets };
}

function keptLink(address: Address): { address: string; display: string } {
  const { url, privateQuery, display } = address;
  return { address: privateQuery ? withoutQueryValues(url) : url, display };
}

function guessName(address: Address, fileName: string | undefined): string {
  if (fileName === undefined && address.kind === 'ipfs') return ipfsLinkOf(address.url).name;
  if (fileName === undefined && address.kind === 'seed') {
    return safeFileName(seedTargetOf(address.url).name, { exact: true }) ?? FALLBACK_NAME;
  }
  return chooseName({ user: fileName, originalUrl: address.url });
}

function isSecret({ authorization, privateQuery }: Address): boolean {
  return authorization !== null || privateQuery;
}

function newTaskId(): TaskId {
  let id = '';
  while (id.length < ID_LENGTH) id += randomInt(36).toString(36);
  return id;
}
