import type { ServerResponse } from 'node:http';
import type { Content } from '../../support/content.ts';
import type { Scope } from '../../support/scope.ts';
import { answerStatus } from '../../support/servers/answers.ts';
import { startHttpServer } from '../../support/servers/httpServer.ts';
import { serveFile } from '../../support/servers/serveFile.ts';

/** Signed links to one file, as object stores give them out: good until they expire, 403 from then on. */
export interface ExpiringLinks {
  link(signature: string): string;
  /** Also cuts the answers that are under way. */
  expire(signature: string): void;
  requestsOf(signature: string): number;
  readonly bytesSent: number;
}

export async function startExpiringLinks(scope: Scope, path: string, content: Content): Promise<ExpiringLinks> {
  const expired = new Set<string>();
  const underWay = new Set<ServerResponse>();
  const serve = serveFile({ content, body: () => ({ bytesPerSecond: 500_000 }) });
  const server = await startHttpServer(scope, {
    [path]: (exchange) => {
      const signature = new URLSearchParams(exchange.logged.target.split('?')[1]).get('X-Signature') ?? '';
      if (expired.has(signature)) return answerStatus(403)(exchange);
      underWay.add(exchange.response);
      exchange.response.once('close', () => underWay.delete(exchange.response));
      return serve(exchange);
    },
  });
  return {
    link: (signature) => `${server.origin}${path}?X-Signature=${signature}`,
    expire: (signature) => {
      expired.add(signature);
      for (const response of underWay) response.destroy();
    },
    requestsOf: (signature) => server.log.to(path).filter(({ target }) => target.endsWith(`=${signature}`)).length,
    get bytesSent() {
      return server.log.bytesSent;
    },
  };
}
