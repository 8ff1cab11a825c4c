import net from 'node:net';
import { listenError } from './listenTcp.ts';
import { plainAddress } from './plainAddress.ts';

/** What a connection is doing, which decides how long it may be quiet: `held` is answered, but waits for us. */
export type ConnectionPhase = 'asking' | 'answering' | 'held';

export interface ListenerLimits {
  readonly maxConnections: number;
  /** Without a complete request: a new connection, and one that is kept for another request. */
  readonly askMs: number;
  /** While it is answered, without a single byte that goes out: from then on somebody new may have its place. */
  readonly stallMs: number;
  /**
   * The same, until it is closed in any case. The kernel takes up to 4 MB ahead, and more only when a third of that is free:
   * who takes 25 kB/s looks for most of a minute like somebody who takes nothing.
   */
  readonly deadMs: number;
}

/** A connection that was taken, as its keeper sees it. */
export interface BoundedConnection {
  readonly socket: net.Socket;
  /** The other side's address, without its port. */
  readonly peer: string;
  enter(phase: ConnectionPhase): void;
  /** For an answer that we are not ready with: as long as it is being worked on, nothing can go out. */
  hold<T>(work: Promise<T>): Promise<T>;
}

interface Kept extends BoundedConnection {
  phase: ConnectionPhase;
  sinceMs: number;
  bytesOut: number;
}

const SWEEP_MS = 500;
const BACKLOG = 1024;

/**
 * Listens on a port and bounds what strangers can do with it: how many are let in, how long they may think, how long they may
 * take nothing. When it is full, the one that has been asking longest goes, else the one that has taken nothing for longest:
 * idle ones keep nobody out.
 */
export class BoundedListener {
  readonly #server: net.Server;
  readonly #limits: ListenerLimits;
  /** Those that ask, oldest first, and those that are answered. */
  readonly #asking = new Set<Kept>();
  readonly #answering = new Set<Kept>();
  readonly #sweep: NodeJS.Timeout;

  private constructor(server: net.Server, limits: ListenerLimits) {
    this.#server = server;
    this.#limits = limits;
    this.#sweep = setInterval(() => this.#closeQuiet(), SWEEP_MS).unref();
  }

  /** @throws TributaryError `port-in-use`, `listen-failed` */
  static open(
    init: { host: string; port: number } & ListenerLimits,
    onConnection: (connection: BoundedConnection) => void,
  ): Promise<BoundedListener> {
    const { host, port } = init;
    // An answer still has to go out to a peer that has said all it wanted to.
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, init)));
      server.listen({ host, port, backlog: BACKLOG, exclusive: true }, () => {
        const listener = new BoundedListener(server, init);
        server.removeAllListeners('error');
        // A connection that could not be taken, for want of file handles say, is its client's trouble.
        server.on('error', () => {});
        server.on('connection', (socket) => listener.#take(socket, onConnection));
        resolve(listener);
      });
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Connections by the address of the other side. */
  get peers(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { peer } of [...this.#asking, ...this.#answering]) counts.set(peer, (counts.get(peer) ?? 0) + 1);
    return counts;
  }

  /** Ends the listening and every connection, at once. */
  close(): Promise<void> {
    clearInterval(this.#sweep);
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const { socket } of [...this.#asking, ...this.#answering]) socket.destroy();
    });
  }

  #take(socket: net.Socket, onConnection: (connection: BoundedConnection) => void): void {
    socket.on('error', () => {});
    if (this.#asking.size + this.#answering.size >= this.#limits.maxConnections) {
      const leaving = this.#mostIdle();
      if (leaving === null) {
        socket.destroy();
        return;
      }
      this.#forget(leaving);
      leaving.socket.destroy();
    }
    const kept: Kept = {
      socket,
      peer: plainAddress(socket.remoteAddress),
      phase: 'asking',
      sinceMs: performance.now(),
      bytesOut: 0,
      enter: (phase) => {
        if (socket.destroyed) return;
        this.#forget(kept);
        kept.phase = phase;
        this.#keep(kept);
      },
      hold: async (work) => {
        kept.enter('held');
        try {
          return await work;
        } finally {
          kept.enter('answering');
        }
      },
    };
    this.#keep(kept);
    socket.once('close', () => this.#forget(kept));
    onConnection(kept);
  }

  #keep(kept: Kept): void {
    kept.sinceMs = performance.now();
    (kept.phase === 'asking' ? this.#asking : this.#answering).add(kept);
  }

  #forget(kept: Kept): void {
    this.#asking.delete(kept);
    this.#answering.delete(kept);
  }

  /** Whose place somebody new may have. */
  #mostIdle(): Kept | null {
    const [oldest] = this.#asking;
    if (oldest !== undefined) return oldest;
    const stalledMs = performance.now() - this.#limits.stallMs;
    const stalled = [...this.#answering].filter(({ phase, sinceMs }) => phase !== 'held' && sinceMs < stalledMs);
    return stalled.reduce<Kept | null>(
      (most, kept) => (most !== null && most.sinceMs <= kept.sinceMs ? most : kept),
      null,
    );
  }

  #closeQuiet(): void {
    const nowMs = performance.now();
    const { askMs, deadMs } = this.#limits;
    for (const { socket, sinceMs } of this.#asking) if (nowMs - sinceMs > askMs) socket.destroy();
    for (const kept of this.#answering) {
      const { bytesWritten } = kept.socket;
      if (kept.phase === 'held' || bytesWritten !== kept.bytesOut) {
        kept.bytesOut = bytesWritten;
        kept.sinceMs = nowMs;
      } else if (nowMs - kept.sinceMs > deadMs) kept.socket.destroy();
    }
  }
}
