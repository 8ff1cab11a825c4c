import type { HttpRequest } from './connection.ts';
import { forwardHeaders, type Route, requestTarget } from './route.ts';

/** The head of a GET in HTTP/1.1, in Latin-1. */
export function requestText({ url, headers }: HttpRequest, route: Route): string {
  const all = { host: url.host, connection: 'keep-alive', ...forwardHeaders(route), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${requestTarget(url, route)} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
