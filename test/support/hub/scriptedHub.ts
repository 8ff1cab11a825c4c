import type { Socket } from 'node:net';
import type { Scope } from '../scope.ts';
import { openPort } from './openPort.ts';
import type { HubLine } from './pythonHubClient.ts';

/** One control connection of a scripted hub. */
export interface HubSide {
  readonly socket: Socket;
  /** From 1. */
  readonly connection: number;
  say(message: object): void;
}

export interface Offered {
  readonly fid: string;
  readonly filename: string;
  readonly size: number;
}

export interface ScriptedHubInit {
  /** In each WELCOME. @default none */
  readonly welcome?: (connection: number) => readonly object[];
  /** What a message is answered with in place of the usual; true: it was answered. */
  readonly answer?: (side: HubSide, message: HubLine) => boolean;
  /** What becomes of the data connection of an upload. @default it is read to its end, and the file is announced */
  readonly data?: (socket: Socket, side: HubSide, offered: Offered) => void;
  /** What is announced in place of the right record; null: nothing. */
  readonly announce?: (record: object, side: HubSide) => object | null;
}

export interface ScriptedHub {
  readonly port: number;
  /** All messages so far, of all connections. */
  readonly heard: readonly HubLine[];
}

/** A hub that takes files and forgets their bytes, as far as a test does not say otherwise; it shares no code with ours. */
export async function startScriptedHub(scope: Scope, init: ScriptedHubInit = {}): Promise<ScriptedHub> {
  const heard: HubLine[] = [];
  const files: object[] = [];
  let connections = 0;
  const take = async (side: HubSide, offered: Offered): Promise<void> => {
    const port = await openPort(scope, (socket) => {
      if (init.data !== undefined) {
        init.data(socket, side, offered);
        return;
      }
      socket.resume().on('end', () => {
        socket.end();
        const record = hubRecord(offered);
        const announced = init.announce === undefined ? record : init.announce(record, side);
        if (announced === null) return;
        files.push(announced);
        side.say({ type: 'FILE_AVAILABLE', ...announced });
      });
    });
    side.say({ type: 'FILE_UPLOAD_PORT', fid: offered.fid, port, offset: 0 });
  };
  const port = await openPort(scope, (socket) => {
    const say = (message: object): void => void socket.write(`${JSON.stringify(message)}\n`);
    const side: HubSide = { socket, connection: ++connections, say };
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const message = JSON.parse(line) as HubLine & Offered;
        heard.push(message);
        if (init.answer?.(side, message) === true) continue;
        if (message.type === 'HELLO')
          say({ type: 'WELCOME', uid: 'u', files: [...(init.welcome?.(side.connection) ?? []), ...files] });
        else if (message.type === 'FILE_LIST') say({ type: 'FILE_LIST', files });
        else if (message.type === 'FILE_REMOVE') say({ type: 'FILE_REMOVED', fid: message.fid });
        else if (message.type === 'FILE_OFFER') void take(side, message);
      }
    });
    socket.on('end', () => socket.end());
  });
  return { port, heard };
}

/** What a hub tells of a file. */
export function hubRecord(offered: Offered & { readonly sha256?: unknown }): HubRecordLine {
  const { fid, filename, size, sha256 } = offered;
  return {
    fid,
    filename,
    size,
    sha256: typeof sha256 === 'string' ? sha256 : '0'.repeat(64),
    uploader: 'x',
    uploader_uid: 'x',
    uploaded_at: '2026-01-01T00:00:00.000Z',
  };
}

export interface HubRecordLine extends Offered {
  readonly sha256: string;
  readonly uploader: string;
  readonly uploader_uid: string;
  readonly uploaded_at: string;
}
