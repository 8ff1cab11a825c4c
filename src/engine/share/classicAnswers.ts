import type { BoundedConnection } from '../net/boundedListener.ts';
import { formatError, formatList, formatSize, PIECE_BYTES } from '../protocols/seed/classicReply.ts';
import type { ClassicRequest } from '../protocols/seed/classicRequest.ts';
import type { PieceReader } from './pieceReader.ts';
import type { SharedFile, SharedFiles } from './sharedFiles.ts';
import { admitTo, type UploadLimit } from './uploadLimit.ts';

export interface ClassicAnswerComponents {
  readonly files: SharedFiles;
  readonly pieces: PieceReader;
  readonly limit: UploadLimit;
  readonly onSent: (file: SharedFile, peer: string, bytes: number) => void;
}

/** The reply to a request of the classic form (PROTOCOLS §1). Never rejects. */
export async function answerClassic(
  components: ClassicAnswerComponents,
  request: ClassicRequest,
  connection: BoundedConnection,
  options: { signal: AbortSignal },
): Promise<Uint8Array | string> {
  try {
    switch (request.kind) {
      case 'wrong':
        return formatError(request.reason);
      case 'list':
        return formatList((await components.files.list()).map(({ name }) => name));
      case 'size': {
        const file = await components.files.find(request.name);
        const sizeBytes = file === null ? null : await components.pieces.size(file);
        return sizeBytes === null ? formatError('there is no such file') : formatSize(sizeBytes);
      }
      case 'piece':
        return await answerPiece(components, request, connection, options);
    }
  } catch {
    return formatError('the file cannot be read');
  }
}

async function answerPiece(
  { files, pieces, limit, onSent }: ClassicAnswerComponents,
  { name, offset }: Extract<ClassicRequest, { kind: 'piece' }>,
  connection: BoundedConnection,
  options: { signal: AbortSignal },
): Promise<Uint8Array | string> {
  const file = await files.find(name);
  const piece = file === null ? null : await pieces.read(file, offset, PIECE_BYTES);
  if (file === null || piece === null) return formatError('there is no such file');
  await admitTo(connection, limit, piece.length, options);
  onSent(file, connection.peer, piece.length);
  return piece;
}
