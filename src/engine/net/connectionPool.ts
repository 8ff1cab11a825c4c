import { type ConnectionTarget, HttpConnection } from './httpConnection.ts';

/** Connections by origin; one that is idle serves the next request, whichever task asks. */
export class ConnectionPool {
  readonly #open = new Set<HttpConnection>();
  readonly #idle = new Map<string, HttpConnection[]>();

  /** An idle connection, the one used last; null when there is none. */
  takeIdle(origin: string): HttpConnection | null {
    const idle = this.#idle.get(origin) ?? [];
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (connection.isIdle) return connection;
    }
    this.#idle.delete(origin);
    return null;
  }

  open(target: ConnectionTarget): HttpConnection {
    const connection: HttpConnection = new HttpConnection(target, () => this.#open.delete(connection));
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
    const idle = (this.#idle.get(origin) ?? []).filter((other) => other.isIdle);
    this.#idle.set(origin, [...idle, connection]);
  }

  dropIdle(): void {
    for (const connection of [...this.#idle.values()].flat()) connection.destroy(new Error('not needed'));
    this.#idle.clear();
  }

  close(): void {
    for (const connection of [...this.#open]) connection.destroy(new Error('closed'));
    this.#idle.clear();
  }
}
