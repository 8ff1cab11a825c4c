import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HttpClient } from '../../../../../src/engine/net/httpClient.ts';
import { DEFAULT_TIMEOUTS } from '../../../../../src/engine/net/httpLimits.ts';
import { SeedPeer } from '../../../../../src/engine/sources/seed/seedPeer.ts';
import { freePort } from '../../../../support/freePort.ts';
import { useScope } from '../../../../support/scope.ts';

describe('SeedPeer', () => {
  const scope = useScope();

  it('lets an answer go that nobody waits for any more, also when it is a failure', async () => {
    const client = new HttpClient({ env: {} }, { timeouts: DEFAULT_TIMEOUTS });
    scope.defer(() => client.close());
    const endpoint = { hostname: '127.0.0.1', port: await freePort() };
    const peer = new SeedPeer({ client }, { endpoint, authorization: null, connections: 1, userAgent: 'test' });
    const unheard: unknown[] = [];
    const onUnheard = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', onUnheard);
    scope.defer(() => process.off('unhandledRejection', onUnheard));
    const givenUp = new Error('nobody waits any more');
    await assert.rejects(peer.offer({ signal: AbortSignal.abort(givenUp) }), givenUp);
    // Ends what is being asked.
    peer.close();
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    assert.deepEqual(unheard, []);
  });
});
