import type { Source } from '../sources/source.ts';
import type { TransferSources } from './transfer.ts';

/** The same sources, except for some. */
export function withoutSources(sources: TransferSources, excluded: ReadonlySet<Source>): TransferSources {
  if (excluded.size === 0) return sources;
  return {
    get joined() {
      return sources.joined.filter((source) => !excluded.has(source));
    },
    get mayJoin() {
      return sources.mayJoin;
    },
    onDidJoin: (listener) => sources.onDidJoin((source) => void (excluded.has(source) || listener(source))),
    onDidGiveUp: sources.onDidGiveUp,
    failed: (source, error) => sources.failed(source, error),
  };
}
