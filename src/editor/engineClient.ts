import { connect, type Socket } from 'node:net';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import {
  type EngineEvents,
  PROTOCOL_VERSION,
  type Rendezvous,
  type RequestName,
  type RequestParams,
  type RequestResults,
} from '../contract/engineApi.ts';
import { isErrorInfo, TributaryError } from '../contract/errors.ts';
import type { Disposable } from '../kit/disposables.ts';
import type { Event } from '../kit/emitter.ts';
import { RpcClient, type RpcFailure } from '../kit/rpcClient.ts';

interface EngineRpc {
  readonly params: { [N in RequestName]: RequestParams<N> };
  readonly results: RequestResults;
  readonly events: EngineEvents;
}

const CONNECT_MS = 5_000;
const HELLO_MS = 5_000;
/** A large file on a slow disk has to be read as a whole. */
const WHOLE_FILE_MS = 60 * 60_000;

/** Requests that may take longer than others. */
const DEADLINES_MS: { readonly [N in RequestName]?: number } = { sha256: WHOLE_FILE_MS, shareOnIpfs: WHOLE_FILE_MS };

/** One connection to an engine, past its `hello`. */
export class EngineClient implements Disposable {
  readonly #rpc: RpcClient<EngineRpc>;
  /** Fires once when the engine ends or the connection breaks. */
  readonly onDidClose: Event<void>;
  /** What the engine said of itself. */
  readonly hello: RequestResults['hello'];

  private constructor(rpc: RpcClient<EngineRpc>, hello: RequestResults['hello']) {
    this.#rpc = rpc;
    this.onDidClose = rpc.onDidClose;
    this.hello = hello;
  }

  /**
   * Connects to the engine that wrote `rendezvous`.
   * @throws `engine-lost` when nobody listens there, and whatever the engine answers to `hello`
   */
  static async connect(rendezvous: Rendezvous, client: string): Promise<EngineClient> {
    const socket = await openSocket(rendezvous.socket);
    const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    const rpc = new RpcClient<EngineRpc>(connection, { toError });
    try {
      const params = { protocolVersion: PROTOCOL_VERSION, secret: rendezvous.secret, client };
      return new EngineClient(rpc, await rpc.request('hello', params, { deadlineMs: HELLO_MS }));
    } catch (error) {
      rpc.dispose();
      socket.destroy();
      throw error;
    }
  }

  /** @throws TributaryError as the engine answers it; `engine-lost`, `request-timeout` */
  request<N extends RequestName>(name: N, params: RequestParams<N>): Promise<RequestResults[N]> {
    // The same type twice, which the compiler cannot see while N is open.
    const sameParams = params as EngineRpc['params'][N];
    const deadlineMs = DEADLINES_MS[name];
    return this.#rpc.request(name, sameParams, deadlineMs === undefined ? {} : { deadlineMs });
  }

  on<N extends keyof EngineEvents>(name: N, listener: (payload: EngineEvents[N]) => void): Disposable {
    return this.#rpc.on(name, listener);
  }

  dispose(): void {
    this.#rpc.dispose();
  }
}

function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (cause: Error) => {
      socket.destroy();
      reject(new TributaryError('engine-lost', {}, { cause }));
    };
    socket.setTimeout(CONNECT_MS, () => fail(new Error('connect timeout')));
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function toError(failure: RpcFailure): TributaryError {
  switch (failure.kind) {
    case 'closed':
      return new TributaryError('engine-lost');
    case 'timeout':
      return new TributaryError('request-timeout');
    case 'refused':
      if (isErrorInfo(failure.data)) return new TributaryError(failure.data.code, failure.data.args);
      return new TributaryError('internal', { reason: failure.message });
  }
}
