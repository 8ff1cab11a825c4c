import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type {
  EngineEvents,
  Rendezvous,
  RequestName,
  RequestParams,
  RequestResults,
} from '../../src/contract/engineApi.ts';
import { PROTOCOL_VERSION } from '../../src/contract/engineApi.ts';
import { isErrorInfo, TributaryError } from '../../src/contract/errors.ts';
import type { RpcFailure } from '../../src/kit/rpcClient.ts';
import { RpcClient } from '../../src/kit/rpcClient.ts';
import { endChild } from './endChild.ts';
import type { Scope } from './scope.ts';
import { tempFolder } from './tempFolder.ts';
import { TestEngine } from './testEngine.ts';
import { waitFor } from './waitFor.ts';
import { withoutProxies } from './withoutProxies.ts';

const ENGINE = join(import.meta.dirname, '../../dist/engine.js');

/** The wire of contract/engineApi.ts. */
export interface EngineWire {
  params: { [N in RequestName]: RequestParams<N> & {} };
  results: RequestResults;
  events: EngineEvents;
}

export interface EngineProcess {
  readonly child: ChildProcess;
  readonly stateFolder: string;
  readonly rendezvous: Rendezvous;
  /** Resolves with exit code and signal. */
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;
  /** A new client: connected, past `hello`, its list up to date. */
  client(): Promise<EngineClient>;
  /** A connection on which nothing was said yet. */
  socket(): Promise<Socket>;
  /** SIGKILL, at once. */
  kill(): Promise<void>;
}

export interface EngineClient extends TestEngine {
  readonly rpc: RpcClient<EngineWire>;
  disconnect(): void;
}

export interface EngineProcessOptions {
  readonly stateFolder: string;
  /** Where `add` puts files. @default a new temporary folder */
  readonly folder?: string;
  readonly idleSeconds?: number;
  /** @default dist/engine.js */
  readonly script?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts `dist/engine.js` without waiting for anything; ended with the scope. */
export function spawnEngine(scope: Scope, options: EngineProcessOptions): ChildProcess {
  const idle = options.idleSeconds === undefined ? [] : ['--idle-seconds', String(options.idleSeconds)];
  // Its own data folder, since every engine announces itself to the command line there.
  const env = {
    ...withoutProxies({ ...process.env }),
    XDG_DATA_HOME: join(options.stateFolder, 'data'),
    ...options.env,
  };
  const args = [options.script ?? ENGINE, '--state', options.stateFolder, ...idle];
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  scope.defer(() => endChild(child));
  return child;
}

/** The real engine in its own process, found through its rendezvous file as clients find it. */
export async function startEngineProcess(scope: Scope, options: EngineProcessOptions): Promise<EngineProcess> {
  const folder = options.folder ?? tempFolder(scope);
  const child = spawnEngine(scope, options);
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const rendezvous = await waitFor('the engine to announce itself', () => {
    if (child.exitCode !== null) throw new Error(`the engine ended with ${child.exitCode} before it announced itself`);
    const found = readRendezvous(options.stateFolder);
    return found?.pid === child.pid && found;
  });

  const openSocket = async (): Promise<Socket> => {
    const socket = connect(rendezvous.socket);
    scope.defer(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const client = async (): Promise<EngineClient> => {
    const socket = await openSocket();
    const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    const rpc = new RpcClient<EngineWire>(connection, { toError: errorOf });
    const test = new TestEngine(
      (name, params) => rpc.request(name, params as EngineWire['params'][typeof name]),
      folder,
    );
    rpc.on('changed', (change) => test.take(change));
    await rpc.request('hello', { protocolVersion: PROTOCOL_VERSION, secret: rendezvous.secret, client: 'test' });
    test.take({ ...(await rpc.request('list', {})), removed: [] });
    return Object.assign(test, { rpc, disconnect: () => rpc.dispose() });
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { child, stateFolder: options.stateFolder, rendezvous, ended, client, socket: openSocket, kill };
}

export function readRendezvous(stateFolder: string): Rendezvous | undefined {
  const path = join(stateFolder, 'engine.json');
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Rendezvous;
  } catch {
    return undefined;
  }
}

function errorOf(failure: RpcFailure): Error {
  if (failure.kind === 'refused') {
    if (isErrorInfo(failure.data)) return new TributaryError(failure.data.code, failure.data.args);
    return new Error(`the engine refused ${failure.method} without a code: ${failure.message}`);
  }
  return new TributaryError(failure.kind === 'timeout' ? 'request-timeout' : 'engine-lost');
}
