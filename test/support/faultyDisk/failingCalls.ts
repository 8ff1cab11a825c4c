/**
 * Loaded with `--import` into a process whose disk is to fail: wraps the file calls of Node. Which of them fail stands in
 * a file, so that a fault can come and go while the process runs; what has failed is written beside it.
 */
import fs, { appendFileSync, readFileSync } from 'node:fs';
import fsPromises, { type FileHandle } from 'node:fs/promises';
import type { DiskFault } from './diskFault.ts';

type AnyFunction = (...args: unknown[]) => unknown;
type Call = DiskFault['call'];

interface OpenFile {
  readonly path: string;
  /** Written, but not flushed yet: what a failed flush loses. */
  unflushed: { readonly position: number; readonly length: number }[];
}

const plan = process.env.TRIBUTARY_TEST_FAULTS ?? '';
const files = new WeakMap<object, OpenFile>();
const calls = new Map<string, number>();
const readPlan = readFileSync;
const noteFailure = appendFileSync;

function fails(call: Call, path: string): DiskFault | null {
  const faults = JSON.parse(readPlan(plan, 'utf8')) as readonly DiskFault[];
  const fault = faults.find((candidate) => candidate.call === call && path.endsWith(candidate.pathEnds));
  if (fault === undefined) return null;
  const key = JSON.stringify(fault);
  const number = (calls.get(key) ?? 0) + 1;
  calls.set(key, number);
  const { after = 0, times = Number.POSITIVE_INFINITY } = fault;
  if (number <= after || number > after + times) return null;
  noteFailure(`${plan}.failed`, `${call} ${path}\n`);
  return fault;
}

function errorOf({ outcome, call }: DiskFault, path: string): Error {
  return Object.assign(new Error(`${outcome}: made up, ${call} '${path}'`), { code: outcome, syscall: call, path });
}

function wrap(owner: object, name: string, make: (original: AnyFunction) => AnyFunction): void {
  const original = Reflect.get(owner, name) as AnyFunction;
  Reflect.set(owner, name, make(original));
}

const handle = await fsPromises.open(import.meta.filename);
const handleMethods = Object.getPrototypeOf(handle) as FileHandle;
await handle.close();
const writeTruly = handleMethods.write as unknown as AnyFunction;

wrap(fsPromises, 'open', (open) => async (path, ...rest) => {
  const opened = (await open(path, ...rest)) as FileHandle;
  files.set(opened, { path: String(path), unflushed: [] });
  return opened;
});

wrap(handleMethods, 'write', (write) => {
  return async function (this: object, ...[buffer, offset, length, position]: unknown[]) {
    const file = files.get(this);
    const fault = file === undefined ? null : fails('write', file.path);
    if (fault !== null && fault.outcome !== 'short' && fault.outcome !== 'nothing') {
      throw errorOf(fault, file?.path ?? '');
    }
    if (fault?.outcome === 'nothing') return { bytesWritten: 0, buffer };
    const taken = fault === null ? Number(length) : Math.max(1, Math.floor(Number(length) / 3));
    const result = await write.call(this, buffer, offset, taken, position);
    file?.unflushed.push({ position: Number(position), length: taken });
    return result;
  };
});

wrap(handleMethods, 'datasync', (datasync) => {
  return async function (this: object) {
    const file = files.get(this);
    const fault = file === undefined ? null : fails('datasync', file.path);
    const flushed = new Set(file?.unflushed);
    if (fault !== null) {
      // As the kernel does it: the pages that could not be written are dropped, and the file reads as if they never were.
      for (const { position, length } of flushed)
        await writeTruly.call(this, Buffer.alloc(length), 0, length, position);
    } else {
      await datasync.call(this);
    }
    if (file !== undefined) file.unflushed = file.unflushed.filter((range) => !flushed.has(range));
    if (fault !== null) throw errorOf(fault, file?.path ?? '');
  };
});

for (const call of ['sync', 'truncate'] as const) {
  wrap(handleMethods, call, (original) => {
    return async function (this: object, ...args: unknown[]) {
      const path = files.get(this)?.path;
      const fault = path === undefined ? null : fails(call, path);
      if (fault !== null) throw errorOf(fault, path ?? '');
      await original.apply(this, args);
    };
  });
}

for (const call of ['link', 'rename', 'unlink'] as const) {
  wrap(fsPromises, call, (original) => async (...paths) => {
    const path = String(paths.at(-1));
    const fault = fails(call, path);
    if (fault !== null) throw errorOf(fault, path);
    return original(...paths);
  });
}

// The library that replaces records uses the callback form.
wrap(fs, 'rename', (rename) => (from, to, done) => {
  const fault = fails('rename', String(to));
  if (fault === null) rename(from, to, done);
  else process.nextTick(done as (error: Error) => void, errorOf(fault, String(to)));
});
