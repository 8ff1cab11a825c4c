import type { Socket } from 'node:net';
import type { Content } from '../content.ts';
import type { Scope } from '../scope.ts';
import { openPort } from './openPort.ts';

export const FAULTY_FID = '0b6f8a3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b';

export interface RangeAsked {
  readonly offset: number;
  readonly length: number;
  /** From 1. */
  readonly count: number;
}

export interface FaultyHubInit {
  readonly content: Content;
  /** What a HELLO is answered with. @default the WELCOME */
  readonly greet?: (socket: Socket, welcome: string) => void;
  /** What FILE_LIST is answered with. @default no file */
  readonly listed?: (record: object) => readonly object[];
  /** What a FILE_REQUEST is answered with; true: it was answered, false: as usual. @default as usual */
  readonly answer?: (socket: Socket, range: RangeAsked) => boolean;
  /** What a data connection is given. @default the range */
  readonly send?: (data: Socket, range: RangeAsked, bytes: Buffer) => void;
}

/** A hub with one file that misbehaves in one way; it shares no code with ours. */
export async function startFaultyHub(
  scope: Scope,
  init: FaultyHubInit,
): Promise<{ port: number; connections(): number; requests(): number }> {
  const { content } = init;
  const record = {
    fid: FAULTY_FID,
    filename: 'f.bin',
    size: content.sizeBytes,
    sha256: content.sha256,
    uploader: 'x',
    uploader_uid: 'x',
    uploaded_at: '2026-01-01T00:00:00.000Z',
  };
  const welcome = `${JSON.stringify({ type: 'WELCOME', uid: 'u', files: [record] })}\n`;
  let connections = 0;
  let count = 0;
  const request = async (socket: Socket, asked: { offset: number; length: number }): Promise<void> => {
    const range: RangeAsked = { ...asked, count: ++count };
    if (init.answer?.(socket, range) === true) return;
    const port = await openPort(scope, (connection) => {
      const bytes = content.slice(range.offset, range.offset + range.length);
      if (init.send !== undefined) init.send(connection, range, bytes);
      else connection.end(bytes);
    });
    const { offset, length } = range;
    socket.write(`${JSON.stringify({ type: 'FILE_DOWNLOAD_PORT', fid: FAULTY_FID, port, offset, length })}\n`);
  };
  const port = await openPort(scope, (socket) => {
    connections++;
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const message = JSON.parse(line) as { type: string; offset: number; length: number };
        if (message.type === 'HELLO') (init.greet ?? ((to, hello) => void to.write(hello)))(socket, welcome);
        else if (message.type === 'FILE_LIST')
          socket.write(`${JSON.stringify({ type: 'FILE_LIST', files: init.listed?.(record) ?? [] })}\n`);
        else if (message.type === 'FILE_REQUEST') void request(socket, message);
      }
    });
  });
  return { port, connections: () => connections, requests: () => count };
}
