import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scope } from '../scope.ts';
import { tempFolder } from '../tempFolder.ts';
import type { DiskFault } from './diskFault.ts';

const FAILING_CALLS = pathToFileURL(join(import.meta.dirname, 'failingCalls.ts')).href;

/** A disk that fails in one process as told, from now on until told otherwise. */
export class FaultyDisk {
  readonly #plan: string;

  constructor(scope: Scope, faults: readonly DiskFault[]) {
    this.#plan = join(tempFolder(scope), 'faults.json');
    this.set(faults);
  }

  /** For the process whose disk it is to be. */
  get env(): NodeJS.ProcessEnv {
    return { NODE_OPTIONS: `--import=${FAILING_CALLS}`, TRIBUTARY_TEST_FAULTS: this.#plan };
  }

  set(faults: readonly DiskFault[]): void {
    writeFileSync(this.#plan, JSON.stringify(faults));
  }

  /** The calls that have failed, such as `write /folder/f.bin.part`. */
  get failed(): readonly string[] {
    const path = `${this.#plan}.failed`;
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }
}
