import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Scope } from '../scope.ts';
import { waitFor } from '../waitFor.ts';
import type { HubLine } from './pythonHubClient.ts';

/** A raw control connection: says whatever a test wants, and keeps what the hub answers. */
export interface HubTalk {
  readonly socket: Socket;
  readonly lines: readonly HubLine[];
  readonly closed: () => boolean;
  /** An object as one line, or text as it is. */
  say(message: object | string): void;
  /** The first line after the last `heard` for which `check` holds. */
  heard(what: string, check: (line: HubLine) => boolean): Promise<HubLine>;
}

export async function talkToHub(scope: Scope, port: number): Promise<HubTalk> {
  const socket = connect(port, '127.0.0.1');
  scope.defer(() => socket.destroy());
  let closed = false;
  const lines: HubLine[] = [];
  let rest = '';
  let looked = 0;
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  socket.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as HubLine);
  });
  await once(socket, 'connect');
  return {
    socket,
    lines,
    closed: () => closed,
    say: (message) => void socket.write(typeof message === 'string' ? message : `${JSON.stringify(message)}\n`),
    heard: async (what, check) => {
      const at = await waitFor(what, () => {
        const found = lines.findIndex((line, n) => n >= looked && check(line));
        return found < 0 ? undefined : { found };
      });
      looked = at.found + 1;
      return lines[at.found] as HubLine;
    },
  };
}

/** Past its HELLO. */
export async function joinHub(scope: Scope, port: number, name = 'tester', key?: string): Promise<HubTalk> {
  const talk = await talkToHub(scope, port);
  talk.say({ type: 'HELLO', name, ...(key === undefined ? {} : { key }) });
  await talk.heard('the WELCOME', ({ type }) => type === 'WELCOME');
  return talk;
}

/** Sends bytes to a port of the hub and says no more. */
export async function sendTo(scope: Scope, port: number, bytes: Uint8Array): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  scope.defer(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.end(bytes);
  return socket;
}

/** Everything that a port of the hub sends. */
export async function receiveFrom(scope: Scope, port: number): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  scope.defer(() => socket.destroy());
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await once(socket, 'end');
  return Buffer.concat(pieces);
}
