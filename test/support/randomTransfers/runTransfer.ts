import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describeError, isErrorInfo } from '../../../src/contract/errors.ts';
import type { TaskId, TaskSnapshot } from '../../../src/contract/task.ts';
import { BAD_SUFFIX, PART_SUFFIX, RECORD_SUFFIX } from '../../../src/kit/partNames.ts';
import type { InProcessEngine } from '../inProcessEngine.ts';
import { encodedContent } from './faultyAnswer.ts';
import type { FaultyOrigin, OriginFile } from './faultyOrigin.ts';
import type { TaskWatch } from './taskWatch.ts';
import { planTransfer, type TransferPlan } from './transferPlan.ts';

/** Longer than all retries of a source together. */
const SETTLE_MS = 90_000;

/** An engine and who looks at it. */
export interface WatchedEngine {
  readonly engine: InProcessEngine;
  readonly watch: TaskWatch;
}

export interface TransferGround {
  readonly origin: FaultyOrigin;
  /** Each transfer gets a folder in it. */
  readonly folder: string;
  /** For transfers whose engine stays. */
  engineWith(lanes: number): WatchedEngine;
  /** One for a single transfer; in the state folder of an earlier one it goes on with that one's tasks. */
  ownEngine(lanes: number, stateFolder?: string): Promise<WatchedEngine>;
}

/** How one transfer ended, in a few words that can be counted. @throws Error when anything about it is wrong */
export async function runTransfer(seed: number, ground: TransferGround): Promise<readonly string[]> {
  const plan = planTransfer(seed);
  const file = ground.origin.serve(plan);
  const folder = join(ground.folder, String(seed));
  await mkdir(folder);
  const on = plan.user.action === 'restart' ? await ground.ownEngine(plan.lanes) : ground.engineWith(plan.lanes);
  const run = new TransferRun(plan, file, folder, ground, on);
  try {
    return await run.toItsEnd();
  } finally {
    await run.tidyUp();
    ground.origin.forget(file);
    await rm(folder, { recursive: true, force: true });
  }
}

class TransferRun {
  readonly #plan: TransferPlan;
  readonly #file: OriginFile;
  readonly #folder: string;
  readonly #ground: TransferGround;
  readonly #notes: string[] = [];
  #on: WatchedEngine;
  #id: TaskId = '';

  constructor(plan: TransferPlan, file: OriginFile, folder: string, ground: TransferGround, on: WatchedEngine) {
    this.#plan = plan;
    this.#file = file;
    this.#folder = folder;
    this.#ground = ground;
    this.#on = on;
  }

  async toItsEnd(): Promise<readonly string[]> {
    const { checksum, versions } = this.#plan;
    const moment = new Promise<'moment'>((resolve) => {
      this.#file.onMoment = () => resolve('moment');
    });
    this.#id = await this.#on.engine.add(this.#file.address, {
      folder: this.#folder,
      ...(checksum ? { checksum: `sha256:${versions[0].sha256}` } : {}),
    });
    let task = await Promise.race([this.#atRest(), moment]);
    if (task === 'moment') task = await this.#act();
    await this.#check(task);
    if (task?.status.state === 'failed' || task?.status.state === 'paused') await this.#tryAgain(task);
    return this.#notes;
  }

  async tidyUp(): Promise<void> {
    if (this.#plan.user.action === 'restart') {
      this.#on.watch.stop();
      await this.#on.engine.close();
      await rm(this.#on.engine.stateFolder, { recursive: true, force: true });
    } else {
      await tolerating(['unknown-task', 'illegal-move'], this.#on.engine.request('remove', { id: this.#id }));
    }
  }

  #atRest(): Promise<TaskSnapshot | undefined> {
    return this.#on.watch.until(this.#id, (task) => task === undefined || isAtRest(task), SETTLE_MS);
  }

  async #act(): Promise<TaskSnapshot | undefined> {
    const { action, changes } = this.#plan.user;
    const params = { id: this.#id };
    this.#notes.push(`user: ${action}`);
    if (action === 'cancel') {
      await tolerating(['illegal-move'], this.#on.engine.request('cancel', params));
      return this.#atRest();
    }
    if (action === 'restart') {
      const { engine, watch } = this.#on;
      watch.stop();
      await engine.close();
      this.#change(changes);
      this.#on = await this.#ground.ownEngine(this.#plan.lanes, engine.stateFolder);
      return this.#atRest();
    }
    await tolerating(['illegal-move'], this.#on.engine.request('pause', params));
    const paused = await this.#atRest();
    if (paused?.status.state !== 'paused' || paused.status.reason !== null) return paused;
    this.#change(changes);
    await this.#on.engine.request('resume', params);
    return this.#atRest();
  }

  #change(changes: boolean): void {
    if (!changes) return;
    this.#notes.push('user: finds another version');
    this.#file.version = 1;
  }

  /** What ended in a failure has to complete, and be right, once the origin is honest. */
  async #tryAgain(before: TaskSnapshot): Promise<void> {
    this.#file.honest = true;
    // The digest that the user gave is of the file as it was.
    if (this.#plan.checksum && this.#file.version === 1) return;
    await this.#on.engine.request('retry', { id: this.#id });
    let task = await this.#atRest();
    // What it had believed of the origin's lies is taken back; then the user has to say so once more.
    if (textOf(task) === 'failed: file-changed') {
      await this.#on.engine.request('retry', { id: this.#id });
      task = await this.#atRest();
    }
    const text = `an honest origin after ${textOf(before)}`;
    assert.equal(textOf(task), 'completed', `${text}: ${textOf(task)} (${this.#describe()})`);
    const content = this.#plan.versions[this.#file.version];
    const bytes = await readFile(task?.targetPath ?? '');
    assert.ok(
      content !== undefined && bytes.equals(content.slice(0, content.sizeBytes)),
      `${text}: ${bytes.length} wrong bytes (${this.#describe()})`,
    );
    this.#notes.push('completed when tried again');
  }

  async #check(task: TaskSnapshot | undefined): Promise<void> {
    const names = readdirSync(this.#folder).sort();
    if (task === undefined) {
      assert.equal(this.#plan.user.action, 'cancel', 'it vanished');
      // It may have become complete in the moment of the cancelling: a complete file is never touched.
      if (names.length === 1) await this.#checkFile(join(this.#folder, names[0] ?? ''));
      else assert.deepEqual(names, [], 'a cancelled task leaves nothing');
      this.#notes.push('cancelled');
      return;
    }
    if (task.status.state === 'completed') {
      await this.#checkFile(task.targetPath);
      assert.deepEqual(names, [basename(task.targetPath)], 'nothing but the file is there');
      this.#notes.push('completed');
      return;
    }
    const text = textOf(task);
    assert.ok(text !== 'paused', `nobody told it to be paused in the end: ${JSON.stringify(task)}`);
    assert.ok(!/internal|disk-/.test(text), text);
    const leftovers = names.filter(
      (name) => ![PART_SUFFIX, RECORD_SUFFIX, BAD_SUFFIX].some((end) => name.endsWith(end)),
    );
    assert.deepEqual(leftovers, [], `${text}: nothing under a final name`);
    this.#notes.push(text);
  }

  /** Exactly one version, from its first byte to its last. */
  async #checkFile(path: string): Promise<void> {
    const { versions, checksum } = this.#plan;
    const bytes = await readFile(path);
    const plain = versions.map((content) => content.slice(0, content.sizeBytes));
    const right = checksum ? plain.slice(0, 1) : plain;
    if (right.some((expected) => bytes.equals(expected))) return;
    const packed = versions.some((content) => bytes.equals(encodedContent(content)));
    assert.ok(packed && !checksum, `${bytes.length} bytes are called complete and are wrong (${this.#describe()})`);
    this.#notes.push('stored as it was packed');
  }

  #describe(): string {
    const { versions, validator, ranges, framing, lanes, user } = this.#plan;
    const faults = Array.from({ length: this.#file.requests }, (_, n) => this.#plan.faultOf(n + 1)?.kind ?? 'honest');
    const sizes = versions.map(({ sizeBytes }) => sizeBytes).join(' and ');
    return `${sizes} bytes, ${validator}, ${ranges ? '' : 'no '}ranges, ${framing}, ${lanes} lanes, ${user.action}; ${faults.join(', ')}`;
  }
}

function isAtRest({ status }: TaskSnapshot): boolean {
  return status.state === 'completed' || status.state === 'failed' || status.state === 'paused';
}

/** State and code; what is told to people goes into the failure of a test only. */
function textOf(task: TaskSnapshot | undefined): string {
  if (task === undefined) return 'gone';
  const { status } = task;
  if (status.state === 'failed') return `failed: ${status.error.code}`;
  if (status.state === 'paused' && status.reason !== null)
    return `paused: ${status.reason.code} ${describeError(status.reason)}`;
  return status.state;
}

async function tolerating(codes: readonly string[], request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!isErrorInfo(error) || !codes.includes(error.code)) throw error;
  }
}
