import { setImmediate as nextTurn } from 'node:timers/promises';
import { waitFor } from '../../../support/waitFor.ts';

/** Resolves when a server sends nothing more, because nobody reads. @param sent how much it has sent */
export async function untilHeldUp(sent: () => number): Promise<void> {
  let before = -1;
  await waitFor('the server to be held up', async () => {
    const stands = sent() === before;
    before = sent();
    for (let turns = 0; turns < 20; turns++) await nextTurn();
    return stands;
  });
}
