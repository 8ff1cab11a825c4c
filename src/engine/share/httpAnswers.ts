import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ChildAbort, onAbort } from '../../kit/abort.ts';
import { ServedFile } from '../disk/servedFile.ts';
import type { HttpExchange } from '../net/mixedServer.ts';
import { judgePreconditions } from '../protocols/http/preconditions.ts';
import { parseRangeHeader } from '../protocols/http/rangeHeader.ts';
import { formatFiles, formatPieces, isPieceLength } from '../protocols/seed/filesDocument.ts';
import type { DigestCache } from './digestCache.ts';
import { isOwnHost } from './hostCheck.ts';
import { hashOtherPieces } from './otherPieces.ts';
import { requestTarget } from './requestTarget.ts';
import { sendFile } from './sendFile.ts';
import type { SharedFile, SharedFiles } from './sharedFiles.ts';
import type { UploadLimit } from './uploadLimit.ts';

export interface HttpAnswerComponents {
  readonly files: SharedFiles;
  readonly digests: DigestCache;
  readonly limit: UploadLimit;
  /** What is listened on. */
  readonly host: string;
  /** Null: none is asked for. */
  readonly key: () => string | null;
  readonly onSent: (file: SharedFile, peer: string, bytes: number) => void;
}

/** On every answer: whatever a browser makes of a file of ours, it must not run it, guess at it, or let a page embed it. */
const SAFETY = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; sandbox",
};

/** The fast form of PROTOCOLS §1. */
export class HttpAnswers {
  readonly #components: HttpAnswerComponents;

  constructor(components: HttpAnswerComponents) {
    this.#components = components;
  }

  /** Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse, exchange: HttpExchange): Promise<void> {
    // What comes behind the head is not read.
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
      response.shouldKeepAlive = false;
    try {
      await this.#dispatch(request, response, exchange);
    } catch {
      if (response.headersSent) response.destroy();
      else refuse(response, 500);
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse, exchange: HttpExchange): Promise<void> {
    const target = requestTarget(request);
    if (target === null) return refuse(response, 400);
    const { localAddress = '' } = exchange.connection.socket;
    // HTTP/1.0 may name none, and 1.1 without one has got its 400: browsers always do.
    if (target.host !== undefined && !isOwnHost(target.host, { host: this.#components.host, localAddress }))
      return refuse(response, 421);
    if (!this.#isAuthorized(request)) return refuse(response, 401, { 'www-authenticate': 'Bearer' });
    const [, place, rawName] = /^\/(files|pieces)(?:\/([^/]+))?$/.exec(target.path) ?? [];
    const known = place === 'files' || (place === 'pieces' && rawName !== undefined);
    if (!known) return refuse(response, 404);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, { allow: 'GET, HEAD' });
    if (rawName === undefined) return this.#sendList(request, response);
    const file = await this.#components.files.find(decodedName(rawName));
    if (file === null) return refuse(response, 404);
    if (place === 'pieces') return this.#sendPieces(request, response, { file, query: target.query, exchange });
    return this.#sendFile(request, response, { shared: file, exchange });
  }

  #isAuthorized(request: IncomingMessage): boolean {
    const key = this.#components.key();
    if (key === null) return true;
    // Its name in any case (RFC 9110 §11.1); the key to the letter.
    const given = Buffer.from(/^bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '');
    const expected = Buffer.from(key);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  async #sendList(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { files, digests } = this.#components;
    const list = await files.list();
    await digests.settle(list);
    sendJson(request, response, formatFiles(list.map((file) => ({ ...file, sha256: digests.sha256Of(file) }))));
  }

  async #sendPieces(
    request: IncomingMessage,
    response: ServerResponse,
    { file, query, exchange }: { file: SharedFile; query: string; exchange: HttpExchange },
  ): Promise<void> {
    const { digests } = this.#components;
    const length = new URLSearchParams(query).get('length') ?? '';
    const lengthBytes = /^\d+$/.test(length) ? Number(length) : 0;
    if (!isPieceLength(lengthBytes, file.sizeBytes)) return refuse(response, 400);
    const hashes =
      digests.piecesOf(file, lengthBytes) ?? (await hashOtherPieces(file, lengthBytes, exchange.connection));
    if (hashes === null) return refuse(response, 503, { 'retry-after': '2' });
    sendJson(request, response, formatPieces(lengthBytes, hashes));
  }

  async #sendFile(
    request: IncomingMessage,
    response: ServerResponse,
    { shared, exchange }: { shared: SharedFile; exchange: HttpExchange },
  ): Promise<void> {
    const file = await ServedFile.open(shared.path);
    if (file === null) return refuse(response, 404);
    try {
      const { facts } = file;
      const etag = `"${facts.tag}"`;
      const { digests } = this.#components;
      const version = { ...facts, path: shared.path };
      await digests.settle([version]);
      const sha256 = digests.sha256Of(version);
      const lastModified = lastModifiedOf(facts.mtimeMs);
      const head: Record<string, string> = {
        ...SAFETY,
        'content-type': 'application/octet-stream',
        'content-disposition': disposition(shared.name),
        'accept-ranges': 'bytes',
        'cache-control': 'no-cache',
        etag,
        ...(lastModified === null ? {} : { 'last-modified': lastModified }),
        ...(sha256 === null ? {} : { 'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:` }),
      };
      const { range, 'if-range': condition } = request.headers;
      const judged = judgePreconditions(request.headers, { etag, lastModified });
      if (judged === 'failed') return refuse(response, 412);
      if (judged === 'unchanged') {
        response.writeHead(304, head).end();
        return;
      }
      // A date names a version only when the file has rested since (RFC 9110 §8.8.2.2).
      const rested = Date.now() - facts.mtimeMs > 2000;
      const holds = condition === undefined || condition === etag || (rested && condition === lastModified);
      // A range is a thing of GET alone (RFC 9110 §14.2).
      const whole = range === undefined || !holds || request.method === 'HEAD';
      const wanted = whole ? null : parseRangeHeader(range, facts.sizeBytes);
      if (wanted === 'unsatisfiable') return refuse(response, 416, { 'content-range': `bytes */${facts.sizeBytes}` });
      const { start, end } = wanted ?? { start: 0, end: facts.sizeBytes };
      head['content-length'] = String(end - start);
      if (wanted !== null) head['content-range'] = `bytes ${start}-${end - 1}/${facts.sizeBytes}`;
      response.writeHead(wanted === null ? 200 : 206, head);
      if (request.method === 'HEAD' || start === end) {
        response.end();
        return;
      }
      const { connection, gone } = exchange;
      const { files, limit, onSent } = this.#components;
      const init = { start, end, connection, limit, onSent: (bytes: number) => onSent(shared, connection.peer, bytes) };
      const stop = new ChildAbort(gone);
      const link = onAbort(files.stopOf(shared.shareId), (reason) => stop.abort(reason));
      try {
        await sendFile(response, file, init, { signal: stop.signal });
      } finally {
        link.dispose();
        stop.dispose();
      }
    } finally {
      await file.close();
    }
  }
}

/** Null: a date that is still to come, or that no calendar has, is not told (RFC 9110 §8.8.2.1). */
function lastModifiedOf(mtimeMs: number): string | null {
  return mtimeMs >= 0 && mtimeMs <= Date.now() ? new Date(mtimeMs).toUTCString() : null;
}

/** The body says only what the status says. */
function refuse(response: ServerResponse, status: number, more: Record<string, string> = {}): void {
  response.writeHead(status, { ...SAFETY, ...more, 'content-type': 'text/plain', 'content-length': '0' }).end();
}

function sendJson(request: IncomingMessage, response: ServerResponse, text: string): void {
  const body = Buffer.from(text);
  const head = { ...SAFETY, 'content-type': 'application/json', 'cache-control': 'no-store' };
  response.writeHead(200, { ...head, 'content-length': String(body.length) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** No shared file has the name of what does not decode. */
function decodedName(rawName: string): string {
  try {
    return decodeURIComponent(rawName);
  } catch {
    return '';
  }
}

/** RFC 6266, with a plain form for those who do not know the extended one. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const extended = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${extended}`;
}
