import { createHash } from 'node:crypto';
import { TributaryError } from '../../../contract/errors.ts';
import type { Clock } from '../../../kit/clock.ts';
import { FALLBACK_NAME, safeFileName } from '../../intake/fileName.ts';
import type { HubLease } from '../../net/hubSessions.ts';
import type { HubTimings } from '../../net/hubTimings.ts';
import type { HubFileRecord } from '../../protocols/hub/hubMessages.ts';
import type { Lane, Source, SourceDescription } from '../source.ts';
import { HubLane } from './hubLane.ts';
import { HubSilence } from './hubSilence.ts';

export interface HubSourceInit {
  /** `hub://host:port/<fid>`, without a key. */
  readonly link: string;
  readonly fid: string;
  /** Host and port. */
  readonly hub: string;
  readonly timings: HubTimings;
  readonly clock: Clock;
}

/** A file on a share hub as a source of ranges. All its lanes, and other files, share one control connection. */
export class HubSource implements Source {
  readonly kind = 'hub';
  readonly key: string;
  readonly address: string;
  readonly peer: string;
  readonly #lease: HubLease;
  readonly #init: HubSourceInit;
  readonly #lanes = new Set<HubLane>();
  readonly #silence: HubSilence;
  #described: HubFileRecord | null = null;

  /** @param lease given back by `close` */
  constructor(lease: HubLease, init: HubSourceInit) {
    this.#lease = lease;
    this.#init = init;
    this.#silence = new HubSilence(init.clock, init.timings.silenceMs);
    this.key = createHash('sha256').update(init.link).digest('hex');
    this.address = init.link;
    this.peer = `hub://${init.hub}`;
  }

  async describe(options: { signal: AbortSignal }): Promise<SourceDescription> {
    const file = await this.#record(options);
    this.#described = file;
    return {
      sizeBytes: file.size,
      ranges: true,
      // What an earlier run has left of it is certainly of the same file.
      version: { etag: `"${versionOf(file)}"`, lastModified: null },
      suggestedName: safeFileName(file.filename, { exact: true }) ?? FALLBACK_NAME,
      checksums: file.sha256 === null ? [] : [{ algorithm: 'sha256', hex: file.sha256 }],
      offers: { mirrors: [], metalinks: [] },
      isMetalink: false,
    };
  }

  openLane(): Lane {
    const lane: HubLane = new HubLane({
      host: this.#init.hub,
      timings: this.#init.timings,
      silence: this.#silence,
      port: async (range, options) => {
        const record = await this.#record(options);
        const known = this.#described;
        if (known !== null && (versionOf(record) !== versionOf(known) || record.size !== known.size))
          throw new TributaryError('file-changed', { host: this.#init.hub });
        const session = await this.#lease.session(options);
        const request = { fid: record.fid, offset: range.start, length: range.end - range.start };
        return session.requestDownload(request, options);
      },
      onReceived: () => this.#lease.current?.noteLife(),
      onClose: () => void this.#lanes.delete(lane),
    });
    this.#lanes.add(lane);
    return lane;
  }

  close(): void {
    for (const lane of [...this.#lanes]) lane.close();
    this.#lease.dispose();
  }

  async #record(options: { signal: AbortSignal }): Promise<HubFileRecord> {
    const session = await this.#lease.session(options);
    const record = await session.find(this.#init.fid, options);
    if (record === null) throw new TributaryError('hub-file-gone', { host: this.#init.hub });
    return record;
  }
}

/** The digest tells one version from another; without one, when it was put there. */
function versionOf({ sha256, uploaded_at }: HubFileRecord): string {
  return sha256 ?? uploaded_at;
}
