import assert from 'node:assert/strict';
import { HubTakers } from '../../../../src/engine/share/hubTakers.ts';

describe('HubTakers', () => {
  const file = { fid: '11111111-1111-4111-8111-111111111111', sizeBytes: 100 };

  it('counts people, not connections, and those who were sent all of it', () => {
    const takers = new HubTakers();
    const lanes = [takers.begun(file, 'anna'), takers.begun(file, 'anna'), takers.begun(file, 'ben')];
    assert.deepEqual(takers.counts, [{ fid: file.fid, fetching: 2, served: 0 }]);
    for (const lane of lanes) {
      lane.sent(60);
      lane.ended();
    }
    assert.deepEqual(takers.counts, [{ fid: file.fid, fetching: 0, served: 1 }]);
  });

  it('knows nothing of a file that nobody takes, and of one that was removed', () => {
    const takers = new HubTakers();
    const lane = takers.begun(file, 'anna');
    lane.sent(99);
    lane.ended();
    assert.deepEqual(takers.counts, []);
    takers.begun({ ...file, fid: file.fid.toUpperCase() }, 'ben');
    assert.equal(takers.counts.length, 1);
    takers.forget(file.fid);
    assert.deepEqual(takers.counts, []);
  });

  it('remembers so many of a file at most, and those who are being sent it first of all', () => {
    const takers = new HubTakers();
    takers.begun(file, 'anna');
    for (let n = 0; n < 5000; n++) {
      const lane = takers.begun(file, `somebody ${n}`);
      lane.sent(100);
      lane.ended();
    }
    assert.deepEqual(takers.counts, [{ fid: file.fid, fetching: 1, served: 999 }]);
  });

  it('counts who has taken an empty file', () => {
    const takers = new HubTakers();
    takers.begun({ ...file, sizeBytes: 0 }, 'anna').ended();
    assert.equal(takers.counts[0]?.served, 1);
  });
});
