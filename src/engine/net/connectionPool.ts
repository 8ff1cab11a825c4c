import { type ConnectionTarget, HttpConnection } from './httpConnection.ts';

/** Connections by origin; one that is idle serves the next request, whichever task asks. */
export class ConnectionPool {
  readonly #open = new Set<HttpConnection>();
  /** The one used last is at the end. */
  readonly #idle = new Map<string, HttpConnection[]>();

  /** An idle connection, the one used last; null when there is none. */
  takeIdle(origin: string): HttpConnection | null {
    const found = this.#idle.get(origin)?.findLast((connection) => connection.isIdle) ?? null;
    if (found !== null) this.#forget(origin, found);
    return found;
  }

  open(origin: string, target: ConnectionTarget): HttpConnection {
    const connection: HttpConnection = new HttpConnection(target, () => {
      this.#open.delete(connection);
      this.#forget(origin, connection);
    });
    this.#open.add(connection);
    return connection;
  }

  /** The user of a connection is done with it: it is kept when it can serve again, else closed. */
  giveBack(origin: string, connection: HttpConnection): void {
    if (!connection.isIdle) {
      connection.destroy(new Error('not needed'));
      return;
    }
    connection.keep();
    this.#idle.set(origin, [...(this.#idle.get(origin) ?? []), connection]);
  }

  dropIdle(): void {
    for (const connection of [...this.#idle.values()].flat()) connection.destroy(new Error('not needed'));
  }

  close(): void {
    for (const connection of [...this.#open]) connection.destroy(new Error('closed'));
  }

  #forget(origin: string, connection: HttpConnection): void {
    const rest = (this.#idle.get(origin) ?? []).filter((other) => other !== connection);
    if (rest.length > 0) this.#idle.set(origin, rest);
    else this.#idle.delete(origin);
  }
}
