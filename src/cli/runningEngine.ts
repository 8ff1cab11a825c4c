import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import {
  type EngineEvents,
  PROTOCOL_VERSION,
  Rendezvous,
  type RequestName,
  type RequestParams,
  type RequestResults,
} from '../contract/engineApi.ts';
import { isErrorInfo, TributaryError } from '../contract/errors.ts';
import { readJson } from '../engine/disk/jsonFile.ts';
import { RpcClient, type RpcFailure } from '../kit/rpcClient.ts';

interface EngineWire {
  readonly params: { readonly [N in RequestName]: RequestParams<N> };
  readonly results: RequestResults;
  readonly events: EngineEvents;
}

/** A connection to an engine in another process, past its `hello`. */
export type RunningEngine = RpcClient<EngineWire>;

const CONNECT_MS = 2000;
const DEADLINE_MS = 10_000;

/**
 * Connects to the engine that runs in a state folder.
 * @returns null when there is none, or only what a killed one has left behind
 * @throws TributaryError `version-mismatch`, `not-authenticated`, `request-timeout`
 */
export async function connectEngine(stateFolder: string): Promise<RunningEngine | null> {
  const found = v.safeParse(Rendezvous, await readJson(join(stateFolder, 'engine.json')));
  if (!found.success) return null;
  const { socket: path, secret, protocolVersion, engineVersion } = found.output;
  const socket = await openSocket(path);
  if (socket === null) return null;
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  const engine: RunningEngine = new RpcClient(connection, { toError, deadlineMs: DEADLINE_MS });
  try {
    if (protocolVersion !== PROTOCOL_VERSION) throw new TributaryError('version-mismatch', { version: engineVersion });
    await engine.request('hello', { protocolVersion: PROTOCOL_VERSION, secret, client: 'command line' });
    return engine;
  } catch (error) {
    engine.dispose();
    // It ended between our look at its file and now.
    if (error instanceof TributaryError && error.code === 'engine-lost') return null;
    throw error;
  }
}

/** Null when nobody listens. */
function openSocket(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const give = (result: Socket | null) => {
      socket.removeAllListeners();
      socket.setTimeout(0);
      if (result === null) socket.destroy();
      resolve(result);
    };
    socket.setTimeout(CONNECT_MS, () => give(null));
    socket.once('error', () => give(null));
    socket.once('connect', () => give(socket));
  });
}

function toError(failure: RpcFailure): TributaryError {
  if (failure.kind === 'closed') return new TributaryError('engine-lost');
  if (failure.kind === 'timeout') return new TributaryError('request-timeout');
  if (isErrorInfo(failure.data)) return new TributaryError(failure.data.code, failure.data.args);
  return new TributaryError('internal', { reason: failure.message });
}
