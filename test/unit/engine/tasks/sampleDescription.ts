import type { SourceDescription } from '../../../../src/engine/sources/source.ts';

/** Of a file that is given by ranges, without digests. @param etag null: it has no version */
export function sampleDescription(sizeBytes: number, etag: string | null): SourceDescription {
  return {
    sizeBytes,
    ranges: true,
    version: { etag, lastModified: null },
    suggestedName: 'x',
    checksums: [],
    offers: { mirrors: [], metalinks: [] },
    isMetalink: false,
  };
}
