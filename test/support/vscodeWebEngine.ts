import { once } from 'node:events';
import { connect } from 'node:net';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import { PROTOCOL_VERSION } from '../../src/contract/engineApi.ts';
import { RpcClient } from '../../src/kit/rpcClient.ts';
import type { EngineWire } from './engineProcess.ts';
import { readRendezvous } from './engineProcess.ts';
import type { Scope } from './scope.ts';
import { TestEngine } from './testEngine.ts';
import { waitFor } from './waitFor.ts';

/** One more client of the engine that VS Code started, beside its windows. */
export async function joinEngine(scope: Scope, stateFolder: string, folder: string): Promise<TestEngine> {
  const rendezvous = await waitFor('the engine to announce itself', () => readRendezvous(stateFolder));
  const socket = connect(rendezvous.socket);
  scope.defer(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  const rpc = new RpcClient<EngineWire>(connection, { toError: (failure) => new Error(JSON.stringify(failure)) });
  const engine = new TestEngine(
    (name, params) => rpc.request(name, params as EngineWire['params'][typeof name]),
    folder,
  );
  rpc.on('changed', (change) => engine.take(change));
  await rpc.request('hello', { protocolVersion: PROTOCOL_VERSION, secret: rendezvous.secret, client: 'test' });
  engine.take({ ...(await rpc.request('list', {})), removed: [] });
  return engine;
}
