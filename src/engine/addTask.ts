import { randomInt } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import type { AddParams, TaskSecrets } from '../contract/engineApi.ts';
import { TributaryError } from '../contract/errors.ts';
import type { TaskId } from '../contract/task.ts';
import { type Address, parseAddress, withoutQueryValues } from './intake/address.ts';
import { formatChecksum, parseChecksum } from './intake/checksum.ts';
import { chooseName } from './intake/chooseName.ts';
import { checkHeaders } from './intake/headers.ts';
import type { TaskRecord } from './tasks/taskRecord.ts';

const ID_LENGTH = 8;

/**
 * Turns what a client asked for into what is kept of it and what must not be.
 * @throws TributaryError `not-a-link`, `scheme-unsupported`, `not-supported-yet`, `bad-checksum`, `bad-header`, `bad-option`
 */
export function prepareTask(
  params: AddParams,
  init: { order: number; nowMs: number },
): { record: TaskRecord; secrets: TaskSecrets } {
  const address = parseAddress(params.address);
  const headers = checkHeaders(params.headers ?? {});
  if (!isAbsolute(params.folder))
    throw new TributaryError('bad-option', { what: `The folder ${params.folder} is not an absolute path.` });
  const secretLink = address.authorization !== null || address.privateQuery;
  const secretHeaders = Object.keys(headers).length > 0;
  return {
    record: {
      version: 1,
      id: newTaskId(),
      address: address.privateQuery ? withoutQueryValues(address.url) : address.url,
      display: address.display,
      needsSecrets: secretLink || secretHeaders,
      folder: resolve(params.folder),
      fileName: params.fileName ?? null,
      targetName: null,
      guessedName: chooseName({ user: params.fileName, originalUrl: address.url }),
      checksum: params.checksum === undefined ? null : formatChecksum(parseChecksum(params.checksum)),
      exists: params.exists ?? 'rename',
      order: init.order,
      createdAt: init.nowMs,
      sizeBytes: null,
      receivedBytes: 0,
      resumable: null,
      status: { state: 'queued' },
    },
    secrets: {
      ...(secretLink ? { address: params.address.trim() } : {}),
      ...(secretHeaders ? { headers } : {}),
    },
  };
}

/** The task's link and the headers that go to its origin, put together again from record and secrets. */
export function requestOf(
  record: TaskRecord,
  secrets: TaskSecrets,
): { address: Address; headers: Record<string, string> } {
  const address = parseAddress(secrets.address ?? record.address);
  const credentials = address.authorization === null ? {} : { authorization: address.authorization };
  return { address, headers: { ...credentials, ...checkHeaders(secrets.headers ?? {}) } };
}

function newTaskId(): TaskId {
  let id = '';
  while (id.length < ID_LENGTH) id += randomInt(36).toString(36);
  return id;
}
