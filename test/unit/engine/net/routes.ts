import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { Route, TlsTerms } from '../../../../src/engine/net/route.ts';
import type { Scope } from '../../../support/scope.ts';
import { testCertificates } from '../../../support/servers/certificates.ts';
import { startProxyServer } from '../../../support/servers/proxyServer.ts';

/** Every way by which a connection of our own reaches an origin. A proxy that is handed plain requests is an origin to it. */
export const WAYS = ['plain', 'tls', 'tls in a tunnel', 'tls in a tunnel in tls'] as const;
export type Way = (typeof WAYS)[number];

/** Trusts the authority of the tests. */
export function testTerms(scope: Scope): TlsTerms {
  return { context: tls.createSecureContext({ ca: readFileSync(testCertificates(scope).caFile) }), verified: true };
}

export function directRoute(origin: Route['origin']): Route {
  const host = `${origin.hostname}:${origin.port}`;
  return { key: host, host, origin, proxy: null };
}

/** The route to a server on this machine, through a proxy of its own where the way has one. */
export async function routeBy(way: Way, scope: Scope, port: number, hostname = '127.0.0.1'): Promise<Route> {
  const terms = testTerms(scope);
  const direct = directRoute({ hostname, port, tls: way.startsWith('tls') ? terms : null });
  if (way === 'plain' || way === 'tls') return direct;
  const secure = way.endsWith('in tls');
  const proxy = await startProxyServer(scope, secure ? { tls: testCertificates(scope).good } : {});
  return {
    ...direct,
    proxy: {
      hostname: '127.0.0.1',
      port: proxy.port,
      tls: secure ? terms : null,
      host: `127.0.0.1:${proxy.port}`,
      authorization: null,
    },
  };
}
