import type net from 'node:net';
import { toTributaryError } from '../../contract/errors.ts';
import type { IncomingFile } from '../disk/incomingFile.ts';
import { receiveBytes } from '../net/receiveBytes.ts';
import { openTransferPort } from '../net/transferPort.ts';
import type { HubMember, UploadEnd } from '../protocols/hub/hubMachine.ts';
import type { FileOffer, HubErrorCode, HubFileRecord } from '../protocols/hub/hubMessages.ts';
import type { HubFiles } from './hubFiles.ts';
import type { HubPart } from './hubParts.ts';
import type { UploadPlace, UploadPlaces } from './uploadPlaces.ts';

/** An empty file is offered a port like any other, but needs no connection. */
const NOTHING_MISSING_MS = 1000;

/** The two ends of a control connection. */
export interface HubPeer {
  /** The client's; the only one that its transfer ports are for. */
  readonly address: string;
  /** Of this machine, as the client reached it. */
  readonly localHost: string;
}

export interface ReceiveUploadComponents {
  readonly files: HubFiles;
  readonly peer: HubPeer;
  readonly places: UploadPlaces;
  /** The port stands, and so many bytes are there already. */
  onPort(port: number, offset: number): void;
  onReceived(bytes: number): void;
}

export interface ReceiveUploadSignals {
  /** Its uploader went away: what it had sent is taken, and when that is all of it, nothing is missing. */
  readonly left: AbortSignal;
  /** No more bytes are taken. */
  readonly end: AbortSignal;
  /** Nothing of it is kept. */
  readonly cancelled: AbortSignal;
  readonly closing: AbortSignal;
}

interface Upload {
  readonly offer: FileOffer;
  readonly member: HubMember;
}

/** Takes an offered file from an ephemeral port to the disk and into the index, or says why not. */
export async function receiveUpload(
  components: ReceiveUploadComponents,
  upload: Upload,
  signals: ReceiveUploadSignals,
): Promise<UploadEnd> {
  const { files } = components;
  try {
    const part = await files.claim(upload.offer, upload.member.person);
    try {
      return await receiveAtPort(components, { ...upload, part }, signals);
    } finally {
      await files.release(part, { drop: signals.cancelled.aborted });
    }
  } catch (caught) {
    if (signals.end.aborted || signals.cancelled.aborted || signals.closing.aborted)
      return refused('not-connected', 'The connection was lost.');
    const error = toTributaryError(caught);
    if (error.code === 'disk-full') return refused('no-space', 'The disk of the hub is full.');
    throw caught;
  }
}

async function receiveAtPort(
  components: ReceiveUploadComponents,
  upload: Upload & { readonly part: HubPart },
  { left, end, cancelled, closing }: ReceiveUploadSignals,
): Promise<UploadEnd> {
  const { files, peer, places, onPort } = components;
  const options = { signal: AbortSignal.any([end, cancelled, closing]), left };
  const nothingMissing = upload.part.offset === upload.offer.size;
  const where = { host: peer.localHost, from: peer.address, ...(nothingMissing ? { waitMs: NOTHING_MISSING_MS } : {}) };
  const { port, connection } = await openTransferPort(where, options);
  onPort(port, upload.part.offset);
  const socket = await connection;
  if (socket === null && !nothingMissing) return refused('not-connected', 'Nobody connected to the port in time.');
  let place: UploadPlace | null = null;
  let file: IncomingFile | null = null;
  try {
    place = await places.take(peer, options);
    file = await files.begin(upload.part);
    const refusal = socket === null ? null : await receive(components, { file, socket, place }, options);
    place.complete();
    return refusal ?? (await keep(files, file, upload, { signal: AbortSignal.any([cancelled, closing]) }));
  } finally {
    socket?.destroy();
    await file?.close();
    place?.leave();
  }
}

/** Null: everything is there. */
async function receive(
  { onReceived }: ReceiveUploadComponents,
  { file, socket, place }: { file: IncomingFile; socket: net.Socket; place: UploadPlace },
  { signal, left }: { signal: AbortSignal; left: AbortSignal },
): Promise<UploadEnd | null> {
  const options = {
    signal: AbortSignal.any([signal, place.lost]),
    left,
    onReceived: (bytes: number) => {
      place.received(bytes);
      onReceived(bytes);
    },
  };
  try {
    switch (await receiveBytes(socket, file, options)) {
      case 'complete':
        return null;
      case 'too-many':
        await file.discard();
        return refused('too-many-bytes', 'More bytes came than were offered.');
      default:
        // What has come stays: the next offer of the same file goes on from there.
        return refused('too-few-bytes', 'The upload ended before the file was complete.');
    }
  } catch (error) {
    if (signal.aborted || !place.lost.aborted) throw error;
    return refused('too-few-bytes', 'It was too slow while others waited; what has come stays.');
  }
}

async function keep(
  files: HubFiles,
  file: IncomingFile,
  { offer, member }: Upload,
  options: { signal: AbortSignal },
): Promise<UploadEnd> {
  const sha256 = await file.digest(options);
  if (offer.sha256 != null && offer.sha256 !== sha256) {
    await file.discard();
    return refused('wrong-digest', 'The digest of what came is another one than was offered.');
  }
  const record: HubFileRecord = {
    fid: offer.fid,
    filename: offer.filename,
    size: offer.size,
    sha256,
    uploader: member.name,
    uploader_uid: member.uid,
    uploaded_at: new Date().toISOString(),
  };
  await files.keep(file, record);
  return { kind: 'stored', file: record };
}

function refused(code: HubErrorCode, message: string): UploadEnd {
  return { kind: 'refused', code, message };
}
