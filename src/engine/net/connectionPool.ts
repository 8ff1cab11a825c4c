import type { Connection } from './connection.ts';

/** Connections by route (`Route.key`); one that is idle serves the next request, whichever task asks. */
export class ConnectionPool {
  readonly #open = new Set<Connection>();
  /** The one used last is at the end. */
  readonly #idle = new Map<string, Connection[]>();

  /** An idle connection, the one used last; null when there is none. */
  takeIdle(route: string): Connection | null {
    const found = this.#idle.get(route)?.findLast((connection) => connection.isIdle) ?? null;
    if (found !== null) this.#forget(route, found);
    return found;
  }

  /** @param make is given what to call when the connection is closed */
  open(route: string, make: (onClosed: () => void) => Connection): Connection {
    const connection: Connection = make(() => {
      this.#open.delete(connection);
      this.#forget(route, connection);
    });
    this.#open.add(connection);
    return connection;
  }

  /** The user of a connection is done with it: it is kept when it can serve again, else closed. */
  giveBack(route: string, connection: Connection): void {
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

  #forget(route: string, connection: Connection): void {
    const rest = (this.#idle.get(route) ?? []).filter((other) => other !== connection);
    if (rest.length > 0) this.#idle.set(route, rest);
    else this.#idle.delete(route);
  }
}
