import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Scope } from '../scope.ts';
import { listenOnLoopback } from './listenOnLoopback.ts';
import { RequestLog } from './requestLog.ts';

/** Answers on the bare socket, for what an HTTP library refuses to send. `head` is the request's head as text. */
export type RawHandler = (socket: Socket, head: string, number: number) => void;

/** A server that speaks exactly the bytes it is given. Request bodies are not expected. */
export async function startRawServer(
  scope: Scope,
  handler: RawHandler,
): Promise<{ port: number; origin: string; log: RequestLog }> {
  const log = new RequestLog();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const connection = ++log.totalConnections;
    log.openConnections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      log.openConnections--;
      for (const request of log.requests) if (request.connection === connection) request.ended = true;
    });
    let pending = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      pending += text;
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const head = pending.slice(0, end);
        pending = pending.slice(end + 4);
        const [method = '', target = ''] = head.split(' ', 2);
        const number = log.requests.length + 1;
        log.requests.push({
          atMs: performance.now(),
          number,
          method,
          target,
          headers: {},
          range: null,
          connection,
          status: null,
          bytesSent: 0,
          ended: false,
        });
        handler(socket, head, number);
      }
    });
  });
  const port = await listenOnLoopback(server, scope, sockets);
  return { port, origin: `http://127.0.0.1:${port}`, log };
}
