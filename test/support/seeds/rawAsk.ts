import { connect, type Socket } from 'node:net';

/** Writes the parts one after another, each when the one before has gone out, and reads until the other side closes. */
export function rawAsk(
  port: number,
  parts: readonly (string | Buffer)[],
  options: { readonly halfClose?: boolean; readonly pauseMs?: number } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const pieces: Buffer[] = [];
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.destroy();
      resolve(Buffer.concat(pieces));
    });
    const write = (at: number): void => {
      const part = parts[at];
      if (part === undefined) {
        if (options.halfClose === true) socket.end();
      } else socket.write(part, () => setTimeout(write, options.pauseMs ?? 0, at + 1));
    };
    write(0);
  });
}
