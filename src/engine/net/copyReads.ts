import type { OnReadOpts, Socket } from 'node:net';

/** Memory for what a socket receives, and a call when it holds some. */
export interface OwnMemory {
  buffer(): Uint8Array;
  readonly callback: OnReadOpts['callback'];
}

/**
 * Does for a socket what Node does for one with `onread`, at the price of a copy. Node (20 and 24) heeds `onread` only where it
 * opens the connection itself; TLS in a tunnel lies on top of another socket. What a pause leaves in the
 * socket is bounded by its high-water mark.
 */
export function copyReads(socket: Socket, onread: OwnMemory): void {
  socket.on('data', (chunk: Uint8Array) => {
    let goOn = true;
    let rest = chunk;
    // Also after a "stop": whoever said it takes the rest of the chunk into memory of its own.
    while (rest.length > 0 && !socket.destroyed) {
      const memory = onread.buffer();
      const part = rest.length > memory.length ? rest.subarray(0, memory.length) : rest;
      memory.set(part);
      goOn = onread.callback(part.length, memory);
      rest = rest.subarray(part.length);
    }
    if (!goOn) socket.pause();
  });
}
