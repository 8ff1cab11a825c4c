import { createHash } from 'node:crypto';
import { usualPieceLength } from '../../../src/engine/protocols/seed/filesDocument.ts';
import type { Content } from '../content.ts';
import type { Scope } from '../scope.ts';
import { answerStatus } from '../servers/answers.ts';
import type { Handler } from '../servers/exchange.ts';
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../servers/httpServer.ts';
import { type ServedFile, serveFile } from '../servers/serveFile.ts';

/** What a seed of the fast form says of its one file; read at every request. */
export interface FastSeedFile extends ServedFile {
  /** @default the truth */
  sizeBytes?: number;
  /** Null: not known yet. @default the truth */
  sha256?: string | null;
  /** The content whose pieces it tells; null: it tells none. @default the one that it serves */
  pieces?: Content | null;
}

export interface FastSeed extends HttpServer {
  /** `seed://127.0.0.1:<port>/f.bin` */
  readonly address: string;
}

/** A seed of the fast form that offers `f.bin` and may lie about it in every way. */
export async function startFastSeed(
  scope: Scope,
  file: FastSeedFile,
  options: HttpServerOptions = {},
): Promise<FastSeed> {
  const list: Handler = ({ response }) => {
    const { content, sizeBytes: size = content.sizeBytes, sha256 = content.sha256 } = file;
    sendJson(response, [{ name: 'f.bin', size, sha256, mtime: '2026-01-01T00:00:00.000Z' }]);
  };
  const pieces: Handler = (exchange) => {
    const { content, pieces: told = content } = file;
    if (told === null) return answerStatus(503)(exchange);
    const length = usualPieceLength(told.sizeBytes);
    const sha256 = Array.from({ length: Math.ceil(told.sizeBytes / length) }, (_, n) =>
      createHash('sha256')
        .update(told.slice(n * length, (n + 1) * length))
        .digest('hex'),
    );
    sendJson(exchange.response, { length, sha256 });
  };
  const routes = { '/files': list, '/files/f.bin': serveFile(file), '/pieces/f.bin': pieces };
  const server = await startHttpServer(scope, routes, options);
  return Object.assign(server, { address: `seed://127.0.0.1:${server.port}/f.bin` });
}

function sendJson(response: Parameters<Handler>[0]['response'], value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }).end(body);
}
