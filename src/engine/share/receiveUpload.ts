import { toTributaryError } from '../../contract/errors.ts';
import type { IncomingFile } from '../disk/incomingFile.ts';
import { receiveBytes } from '../net/receiveBytes.ts';
import { openTransferPort } from '../net/transferPort.ts';
import type { HubMember, UploadEnd } from '../protocols/hub/hubMachine.ts';
import type { FileOffer, HubErrorCode, HubFileRecord } from '../protocols/hub/hubMessages.ts';
import type { HubFiles } from './hubFiles.ts';

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
  /** The port stands, and so many bytes are there already. */
  onPort(port: number, offset: number): void;
  onReceived(bytes: number): void;
}

export interface ReceiveUploadSignals {
  /** Its uploader went away: what it had sent is taken, and when that is all of it, nothing is missing. */
  readonly left: AbortSignal;
  /** No more bytes are taken. */
  readonly end: AbortSignal;
  readonly closing: AbortSignal;
}

/** Takes an offered file from an ephemeral port to the disk and into the index, or says why not. */
export async function receiveUpload(
  components: ReceiveUploadComponents,
  { offer, member }: { offer: FileOffer; member: HubMember },
  signals: ReceiveUploadSignals,
): Promise<UploadEnd> {
  let file: IncomingFile;
  try {
    file = await components.files.begin(offer.fid, offer.size);
  } catch (caught) {
    if (toTributaryError(caught).code === 'disk-full') return refused('no-space', 'The disk of the hub is full.');
    throw caught;
  }
  try {
    const refusal = await receive(components, offer, file, signals);
    if (refusal !== null) return refusal;
    const sha256 = await file.digest({ signal: signals.closing });
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
    await components.files.keep(file, record);
    return { kind: 'stored', file: record };
  } catch (caught) {
    if (signals.end.aborted || signals.closing.aborted) return refused('not-connected', 'The connection was lost.');
    const error = toTributaryError(caught);
    if (error.code === 'disk-full') return refused('no-space', 'The disk of the hub is full.');
    throw caught;
  } finally {
    await file.close();
  }
}

/** Null: everything is there. */
async function receive(
  { peer, onPort, onReceived }: ReceiveUploadComponents,
  offer: FileOffer,
  file: IncomingFile,
  { left, end, closing }: ReceiveUploadSignals,
): Promise<UploadEnd | null> {
  const options = { signal: AbortSignal.any([end, closing]), left };
  const { port, connection } = await openTransferPort({ host: peer.localHost, from: peer.address }, options);
  onPort(port, file.offset);
  const socket = await connection;
  if (socket === null) return refused('not-connected', 'Nobody connected to the port in time.');
  switch (await receiveBytes(socket, file, { ...options, onReceived })) {
    case 'complete':
      return null;
    case 'too-many':
      await file.discard();
      return refused('too-many-bytes', `More than ${offer.size} bytes came.`);
    default:
      // What has come stays: the next offer of the same file goes on from there.
      return refused('too-few-bytes', 'The upload ended before the file was complete.');
  }
}

function refused(code: HubErrorCode, message: string): UploadEnd {
  return { kind: 'refused', code, message };
}
