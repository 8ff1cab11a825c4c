import type { TributaryError } from '../../../../src/contract/errors.ts';
import type { Source } from '../../../../src/engine/sources/source.ts';
import type { TransferSources } from '../../../../src/engine/transfer/transfer.ts';
import { Emitter } from '../../../../src/kit/emitter.ts';

/** Sources that have answered before; others join, and are given up, when the test says so. */
export class SteadySupply implements TransferSources {
  readonly joined: Source[];
  readonly failures: [Source, TributaryError][] = [];
  mayJoin = false;
  readonly #joins = new Emitter<Source>();
  readonly #givenUp = new Emitter<void>();
  readonly onDidJoin = this.#joins.event;
  readonly onDidGiveUp = this.#givenUp.event;

  constructor(sources: readonly Source[]) {
    this.joined = [...sources];
  }

  join(source: Source): void {
    this.joined.push(source);
    this.#joins.fire(source);
  }

  /** Nobody else will join. */
  giveUp(): void {
    this.mayJoin = false;
    this.#givenUp.fire();
  }

  failed(source: Source, error: TributaryError): void {
    this.failures.push([source, error]);
    this.joined.splice(this.joined.indexOf(source), 1);
  }
}
