import { CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc';
import type { Disposable } from './disposables.ts';
import { Emitter, type Event } from './emitter.ts';

/** For messages that have arrived and are not handed out yet when the connection ends. */
const LAST_MESSAGES_MS = 50;

/** Why a request has no result. The caller's `toError` turns it into the error that its own callers know. */
export type RpcFailure =
  /** The peer answered with an error; `data` is whatever it attached. */
  | { readonly kind: 'refused'; readonly method: string; readonly message: string; readonly data: unknown }
  | { readonly kind: 'timeout'; readonly method: string; readonly deadlineMs: number }
  /** The connection ended, or was ended already. */
  | { readonly kind: 'closed'; readonly method: string };

export interface RpcClientOptions {
  /** For a request that names none of its own. @default 30000 */
  readonly deadlineMs?: number;
  readonly toError: (failure: RpcFailure) => Error;
}

/** What a connection carries: request name → parameters, request name → result, notification name → payload. */
export interface RpcShape {
  readonly params: object;
  readonly results: object;
  readonly events: object;
}

export type RpcRequestName<S extends RpcShape> = keyof S['params'] & keyof S['results'] & string;
export type RpcEventName<S extends RpcShape> = keyof S['events'] & string;

/**
 * Typed requests and events over a JSON-RPC connection that somebody else has opened. Every request settles: with its
 * result, or with `toError` of a refusal, a passed deadline or the end of the connection.
 */
export class RpcClient<S extends RpcShape> implements Disposable {
  readonly #connection: MessageConnection;
  readonly #options: RpcClientOptions;
  readonly #closed = new Emitter<void>();
  readonly #onClose = new Set<() => void>();
  #open = true;

  /** Fires once when the peer ends the connection or it breaks; not after `dispose`. */
  readonly onDidClose: Event<void> = this.#closed.event;

  /**
   * Starts listening on `connection` and owns it from then on. Over a socket, build it from `SocketMessageReader` and
   * `SocketMessageWriter`: only these destroy the socket when the connection is disposed.
   */
  constructor(connection: MessageConnection, options: RpcClientOptions) {
    this.#connection = connection;
    this.#options = options;
    // An answer that came right before the end waits in the connection's queue while the end is told already.
    connection.onClose(() => void setTimeout(() => this.#lost(), LAST_MESSAGES_MS));
    // What cannot be read or written any more will not heal, and a request whose answer was lost would wait for ever.
    connection.onError(() => this.#lost());
    connection.listen();
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** @throws the `toError` of the failure */
  request<N extends RpcRequestName<S>>(
    name: N,
    params: S['params'][N],
    options: { readonly deadlineMs?: number } = {},
  ): Promise<S['results'][N]> {
    const { toError } = this.#options;
    const deadlineMs = options.deadlineMs ?? this.#options.deadlineMs ?? 30_000;
    if (!this.#open) return Promise.reject(toError({ kind: 'closed', method: name }));
    return new Promise((resolve, reject) => {
      const cancellation = new CancellationTokenSource();
      const settle = () => {
        clearTimeout(timer);
        this.#onClose.delete(closed);
        cancellation.dispose();
      };
      const closed = () => {
        settle();
        reject(toError({ kind: 'closed', method: name }));
      };
      const timer = setTimeout(() => {
        // The peer is told, so that it does not go on working for nobody. Its late answer finds a settled promise.
        cancellation.cancel();
        settle();
        reject(toError({ kind: 'timeout', method: name, deadlineMs }));
      }, deadlineMs);
      this.#onClose.add(closed);
      const send = async () =>
        params === undefined
          ? await this.#connection.sendRequest<S['results'][N]>(name, cancellation.token)
          : await this.#connection.sendRequest<S['results'][N]>(name, params, cancellation.token);
      send().then(
        (result) => {
          settle();
          resolve(result);
        },
        (error: unknown) => {
          settle();
          reject(toError(this.#open ? refusal(name, error) : { kind: 'closed', method: name }));
        },
      );
    });
  }

  /** One listener per event name: a second one takes the place of the first. */
  on<N extends RpcEventName<S>>(name: N, listener: (payload: S['events'][N]) => void): Disposable {
    return this.#connection.onNotification(name, listener);
  }

  /** Ends the connection; what is pending fails as `closed`. */
  dispose(): void {
    if (!this.#open) return;
    this.#end();
    this.#connection.end();
    this.#connection.dispose();
  }

  #lost(): void {
    if (!this.#open) return;
    this.#end();
    this.#connection.dispose();
    this.#closed.fire();
  }

  #end(): void {
    this.#open = false;
    for (const closed of [...this.#onClose]) closed();
  }
}

function refusal(method: string, error: unknown): RpcFailure {
  const message = error instanceof Error ? error.message : String(error);
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : undefined;
  return { kind: 'refused', method, message, data };
}
