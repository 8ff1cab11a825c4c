import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { PROTOCOL_VERSION, Rendezvous } from '../contract/engineApi.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import { settledWithin } from '../kit/settledWithin.ts';
import { ClientConnection } from './clientConnection.ts';
import { accountName } from './disk/accountName.ts';
import { makePrivateFolder } from './disk/folder.ts';
import { lockFolder } from './disk/folderLock.ts';
import { readJson, removeFile, writeJson } from './disk/jsonFile.ts';
import { ownVersion } from './disk/ownVersion.ts';
import { ownPlace } from './disk/processIdentity.ts';
import type { Engine } from './engine.ts';
import { type LocalListener, listenLocal, localSocketPath } from './net/localSocket.ts';
import { registerRunning } from './registry.ts';

/** Time that answers under way get when the server closes. */
const FINISH_MS = 300;

export interface EngineServer {
  /** Clients that have said hello. */
  readonly clients: number;
  /** A newer client asks this engine to make room. */
  readonly onDidAskToLeave: Event<void>;
  close(): Promise<void>;
}

/** A claim to be the one engine of a state folder. */
export interface StateFolderClaim {
  /** Lets clients reach the engine, until it is closed. */
  serve(engine: Engine): Promise<EngineServer>;
  /** For an engine that could not be started after all. */
  release(): Promise<void>;
}

/** Null when another living process owns the folder. @throws TributaryError of the disk */
export async function claimStateFolder(stateFolder: string): Promise<StateFolderClaim | null> {
  await makePrivateFolder(stateFolder);
  const lock = await lockFolder(stateFolder);
  if (lock === null) return null;
  return {
    serve: (engine) => startServing(engine, stateFolder, () => lock.release()),
    release: () => lock.release(),
  };
}

/** Claims the folder for an engine that runs already and serves it; null when another process owns the folder. */
export async function serveEngine(engine: Engine, stateFolder: string): Promise<EngineServer | null> {
  const claim = await claimStateFolder(stateFolder);
  return claim === null ? null : claim.serve(engine);
}

async function startServing(
  engine: Engine,
  stateFolder: string,
  releaseLock: () => Promise<void>,
): Promise<EngineServer> {
  const engineVersion = ownVersion();
  const secret = randomBytes(24).toString('base64url');
  const fallbackFolder = join(tmpdir(), `tributary-${accountName()}`);
  const socket = localSocketPath({ stateFolder, fallbackFolder, platform: process.platform });
  if (socket.startsWith(fallbackFolder)) await makePrivateFolder(fallbackFolder);
  const clients = new Set<ClientConnection>();
  const leave = new Emitter<void>();
  const listener: LocalListener = await listenLocal(socket, (stream) => {
    const connection = new ClientConnection(stream, { engine, engineVersion, secret });
    connection.onDidGreet(() => clients.add(connection));
    connection.onDidAskToLeave(() => leave.fire());
    connection.onDidClose(() => clients.delete(connection));
  });
  const rendezvous: Rendezvous = {
    socket,
    pid: process.pid,
    place: ownPlace(),
    protocolVersion: PROTOCOL_VERSION,
    engineVersion,
    secret,
  };
  const rendezvousPath = join(stateFolder, 'engine.json');
  await removeLeftSocket(rendezvousPath, [stateFolder, fallbackFolder]);
  await writeJson(rendezvousPath, rendezvous, { durable: false });
  const registration = await registerRunning(stateFolder);
  return {
    get clients() {
      return clients.size;
    },
    onDidAskToLeave: leave.event,
    close: async () => {
      await removeFile(rendezvousPath);
      await registration.unregister();
      const finished = Promise.all([...clients].map((client) => client.finish()));
      await settledWithin(FINISH_MS, finished);
      await listener.close();
      await removeFile(socket);
      await releaseLock();
    },
  };
}

/** Of an engine that was killed: whoever has the lock knows that it is gone. Each would leave one, for ever. */
async function removeLeftSocket(rendezvousPath: string, folders: readonly string[]): Promise<void> {
  const left = v.safeParse(Rendezvous, await readJson(rendezvousPath));
  if (!left.success) return;
  const { socket } = left.output;
  if (socket.endsWith('.sock') && folders.includes(dirname(socket))) await removeFile(socket).catch(() => {});
}
