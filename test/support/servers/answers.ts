import { gzipSync } from 'node:zlib';
import type { Content } from '../content.ts';
import type { Exchange, Handler } from './exchange.ts';

/** One fixed status, with the headers given. */
export function answerStatus(status: number, headers: Readonly<Record<string, string>> = {}): Handler {
  return ({ response }) => {
    const body = `${status}\n`;
    response
      .writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': String(body.length), ...headers })
      .end(body);
  };
}

/** The handlers of `first` answer one request each, in order of arrival; `then` answers all later ones. */
export function inTurn(first: readonly Handler[], then: Handler): Handler {
  let count = 0;
  return (exchange) => (first[count++] ?? then)(exchange);
}

/** Every `k`-th request goes to `odd`, the others to `usual`. */
export function everyNth(k: number, odd: Handler, usual: Handler): Handler {
  let count = 0;
  return (exchange) => (++count % k === 0 ? odd : usual)(exchange);
}

export function redirectTo(location: string | ((exchange: Exchange) => string), status = 302): Handler {
  return (exchange) => {
    const target = typeof location === 'string' ? location : location(exchange);
    exchange.response.writeHead(status, { Location: target, 'Content-Length': '0' }).end();
  };
}

/** Routes `/<prefix>1` … `/<prefix><hops>`, each redirecting to the next, and after the last one `target`. */
export function redirectChain(prefix: string, hops: number, target: string): Record<string, Handler> {
  const routes: Record<string, Handler> = {};
  for (let hop = 1; hop <= hops; hop++) {
    routes[`/${prefix}${hop}`] = redirectTo(hop === hops ? target : `/${prefix}${hop + 1}`);
  }
  return routes;
}

/** Accepts the request and never answers it. */
export const neverAnswer: Handler = () => {};

/** Closes the connection in place of an answer. */
export const hangUp: Handler = ({ request }) => void request.socket.resetAndDestroy();

/** A login page in place of the file, as captive portals and expired sessions send it. */
export const loginPage: Handler = ({ response, logged }) => {
  const page = '<!DOCTYPE html><html><title>Sign in</title><form><input name="password"></form></html>';
  response
    .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': String(page.length) })
    .end(page);
  logged.bytesSent += page.length;
};

/** Compressed though nobody asked for it; the ETag says that it is another representation. */
export function gzipAnyway(content: Content): { handler: Handler; sentBytes: Buffer } {
  const sentBytes = gzipSync(content.slice(0, content.sizeBytes));
  const headers = { 'Content-Encoding': 'gzip', 'Content-Length': String(sentBytes.length), ETag: '"packed"' };
  return {
    sentBytes,
    handler: ({ response, logged }) => {
      response.writeHead(200, headers).end(sentBytes);
      logged.bytesSent += sentBytes.length;
    },
  };
}

/** A multipart/byteranges answer to a question for one range: against RFC 9110 §15.3.7.2, and seen in the wild. */
export function multipartAnswer(content: Content): Handler {
  return ({ response, logged }) => {
    const { start } = logged.range ?? { start: 0 };
    const end = Math.min(logged.range?.end ?? content.sizeBytes, content.sizeBytes);
    const body = Buffer.concat([
      Buffer.from(`--edge\r\nContent-Range: bytes ${start}-${end - 1}/${content.sizeBytes}\r\n\r\n`),
      content.slice(start, end),
      Buffer.from('\r\n--edge--\r\n'),
    ]);
    response
      .writeHead(206, { 'Content-Type': 'multipart/byteranges; boundary=edge', 'Content-Length': String(body.length) })
      .end(body);
    logged.bytesSent += body.length;
  };
}

/** 401 until the right `Authorization` is given. */
export function onlyWithAuthorization(expected: string, next: Handler, challenge = 'Basic realm="files"'): Handler {
  return (exchange) =>
    exchange.request.headers.authorization === expected
      ? next(exchange)
      : answerStatus(401, { 'WWW-Authenticate': challenge })(exchange);
}

export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
