import type { HubFile, HubsChange, HubsSnapshot, HubUpload, JoinedHub, OwnHub } from '../../../../src/contract/hub.ts';
import { HubMirror } from '../../../../src/editor/hub/hubMirror.ts';

export const HUB = '127.0.0.1:8090';
export const OTHER_HUB = '192.168.1.5:8090';

export function sampleFile(fid: string, overrides: Partial<HubFile> = {}): HubFile {
  return {
    fid,
    name: `${fid}.bin`,
    sizeBytes: 1_000_000,
    sha256: 'a'.repeat(64),
    uploader: 'Ben',
    uploadedAt: '2026-11-20T12:00:00.000Z',
    address: `hub://${HUB}/${fid}`,
    mine: false,
    ...overrides,
  };
}

export function sampleJoined(overrides: Partial<JoinedHub> = {}): JoinedHub {
  return { address: HUB, state: 'joined', error: null, own: false, files: 0, members: ['Anna', 'Ben'], ...overrides };
}

export function sampleOwn(overrides: Partial<OwnHub> = {}): OwnHub {
  return {
    address: HUB,
    addresses: [HUB],
    state: 'on',
    error: null,
    folder: '/state/hub',
    hasKey: false,
    members: ['Anna', 'Ben'],
    files: 0,
    totalBytes: 0,
    incoming: [],
    takers: [],
    ...overrides,
  };
}

export function sampleUpload(id: string, overrides: Partial<HubUpload> = {}): HubUpload {
  return {
    id,
    hub: HUB,
    fid: `fid-${id}`,
    path: `/work/${id}.bin`,
    name: `${id}.bin`,
    sizeBytes: 1_000_000,
    sentBytes: 0,
    createdAt: 1,
    status: { state: 'queued' },
    ...overrides,
  };
}

export function sampleSnapshot(overrides: Partial<HubsSnapshot> = {}): HubsSnapshot {
  return { name: 'Anna', own: null, joined: [], files: [], uploads: [], ...overrides };
}

export function sampleChange(overrides: Partial<HubsChange> = {}): HubsChange {
  return { own: null, joined: [sampleJoined()], files: [], uploads: [], removedUploads: [], ...overrides };
}

/** A mirror that holds one hub of somebody else with these files. */
export function mirrorWith(files: readonly HubFile[], overrides: Partial<HubsSnapshot> = {}): HubMirror {
  const mirror = new HubMirror();
  mirror.replaceAll(sampleSnapshot({ joined: [sampleJoined()], files: [{ hub: HUB, files }], ...overrides }));
  return mirror;
}
