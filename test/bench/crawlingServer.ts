import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Scope } from '../support/scope.ts';

const CRAWLING_REQUESTS = 40;
const CRAWL_BYTES_PER_SECOND = 20_000;
const TICK_MS = 100;

/**
 * A server whose last tenth of the file crawls in the first 40 range requests that each client (told apart by the path)
 * sends; later ones, and requests for the whole file, are served at full speed. nginx cannot be made to do that.
 */
export async function startCrawlingServer(scope: Scope, content: Buffer): Promise<string> {
  const requests = new Map<string, number>();
  const crawlFrom = Math.floor(content.length * 0.9);
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const headers = { 'accept-ranges': 'bytes', etag: '"crawl"', 'content-type': 'application/octet-stream' };
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    const end = range?.[2] ? Math.min(Number(range[2]) + 1, content.length) : content.length;
    if (start >= content.length) {
      response.writeHead(416, { ...headers, 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const span = range && { 'content-range': `bytes ${start}-${end - 1}/${content.length}` };
    response.writeHead(range ? 206 : 200, { ...headers, ...span, 'content-length': end - start });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const count = (requests.get(path) ?? 0) + 1;
    if (range) requests.set(path, count);
    const quickEnd = range && count <= CRAWLING_REQUESTS ? Math.max(start, Math.min(end, crawlFrom)) : end;
    if (quickEnd > start) response.write(content.subarray(start, quickEnd));
    await crawl(response, content.subarray(quickEnd, end));
    response.end();
  });
  scope.defer(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function crawl(response: ServerResponse, bytes: Buffer): Promise<void> {
  const step = (CRAWL_BYTES_PER_SECOND * TICK_MS) / 1000;
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    response.write(bytes.subarray(at, at + step));
    await delay(TICK_MS);
  }
}
