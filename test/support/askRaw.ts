import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came, transfer coding included. */
  readonly body: Buffer;
  /** The connection was reset instead of closed. */
  readonly reset: boolean;
}

/** One GET on a bare socket, read until the server closes: shows what is on the wire, as no HTTP client would. */
export function askRaw(address: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const { hostname, port, host, pathname, search } = new URL(address);
  const lines = Object.entries({ Host: host, Connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let reset = false;
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    });
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', () => {
      reset = true;
    });
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(pieces), reset)));
  });
}

function parseAnswer(all: Buffer, reset: boolean): RawAnswer {
  const headEnd = all.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = all.subarray(0, Math.max(0, headEnd)).toString('latin1').split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, body: all.subarray(headEnd + 4), reset };
}
