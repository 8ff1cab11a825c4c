import net from 'node:net';
import { copyReads, type OwnMemory } from './copyReads.ts';

/**
 * Lets what an accepted socket receives land in memory of one's own. Node has `onread` for connections that it opens itself,
 * and makes 64 KiB of new memory for each read of an accepted one: 2 GiB cost 0.7 s of CPU that way, and 0.25 s this way.
 * So the connection is handed to a new socket, by a property that Node does not document; where that is not what it was,
 * what was read is copied.
 * @param socket paused, nothing read yet. It is not to be used any more: what is returned may be another one.
 */
export function withOwnMemory(socket: net.Socket, onread: OwnMemory): net.Socket {
  const owner = socket as unknown as { _handle?: { readonly useUserBuffer?: unknown } | null };
  const handle = owner._handle;
  if (typeof handle?.useUserBuffer !== 'function' || socket.readableLength > 0) {
    copyReads(socket, onread);
    return socket;
  }
  const { allowHalfOpen } = socket;
  owner._handle = null;
  socket.destroy();
  return new net.Socket({ handle, onread, allowHalfOpen } as net.SocketConstructorOpts);
}
