import { type ConnectionInit, HttpConnection } from './httpConnection.ts';

/** Connections by route (`Route.key`); one that is idle serves the next request, whichever task asks. */
export class ConnectionPool {
  readonly #open = new Set<HttpConnection>();
  /** The one used last is at the end. */
  readonly #idle = new Map<string, HttpConnection[]>();

  /** An idle connection, the one used last; null when there is none. */
  takeIdle(route: string): HttpConnection | null {
    const found = this.#idle.get(route)?.findLast((connection) => connection.isIdle) ?? null;
    if (found !== null) this.#forget(route, found);
    return found;
  }

  open(init: ConnectionInit): HttpConnection {
    const connection: HttpConnection = new HttpConnection(init, () => {
      this.#open.delete(connection);
      this.#forget(init.route.key, connection);
    });
    this.#open.add(connection);
    return connection;
  }

  /** The user of a connection is done with it: it is kept when it can serve again, else closed. */
  giveBack(route: string, connection: HttpConnection): void {
    if (!connection.isIdle) {
      connection.destroy(new Error('not needed'));
      return;
    }
    connection.keep();
    this.#idle.set(route, [...(this.#idle.get(route) ?? []), connection]);
  }

  /** No connection of now serves another request; the requests under way go on. */
  retireAll(): void {
    for (const connection of [...this.#idle.values()].flat()) connection.destroy(new Error('not needed'));
    for (const connection of this.#open) connection.retire();
  }

  close(): void {
    for (const connection of [...this.#open]) connection.destroy(new Error('closed'));
  }

  #forget(route: string, connection: HttpConnection): void {
    const rest = (this.#idle.get(route) ?? []).filter((other) => other !== connection);
    if (rest.length > 0) this.#idle.set(route, rest);
    else this.#idle.delete(route);
  }
}
