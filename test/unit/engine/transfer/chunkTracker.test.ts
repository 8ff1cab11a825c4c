import assert from 'node:assert/strict';
import { type ChunkEvent, ChunkTracker } from '../../../../src/engine/transfer/chunkTracker.ts';
import { forSeeds } from '../seededRandom.ts';

describe('ChunkTracker', () => {
  let events: ChunkEvent[];

  beforeEach(() => {
    events = [];
  });

  function track(sizeBytes: number | null, chunkSize = 100): ChunkTracker {
    const init = {
      fileHash: 'hash',
      chunkSize,
      sizeBytes,
      path: '/x',
      emit: (event: ChunkEvent) => void events.push(event),
    };
    return new ChunkTracker(init);
  }

  /** `started 0`, `progress 0 50/100`, ... */
  function told(): string[] {
    const lines = events.map(({ name, payload }) => {
      const received = 'bytes_received' in payload ? ` ${payload.bytes_received}/${payload.total_bytes}` : '';
      return `${name.replace('download_chunk_', '')} ${payload.chunk_index}${received}`;
    });
    events = [];
    return lines;
  }

  it('tells of start, progress and completion, the last chunk being shorter', () => {
    const chunks = track(250);
    chunks.started(0, 'p');
    chunks.written(0, 50, 'p');
    chunks.written(50, 250, 'p');
    assert.deepEqual(told(), [
      ...['started 0', 'progress 0 50/100', 'progress 0 100/100', 'complete 0'],
      ...['started 1', 'progress 1 100/100', 'complete 1'],
      ...['started 2', 'progress 2 50/50', 'complete 2'],
    ]);
  });

  it('gives the fields of the protocol', () => {
    const chunks = track(100);
    chunks.started(0, 'https://example.com');
    chunks.failed(0, 'idle-timeout');
    chunks.written(0, 100, 'https://example.com');
    assert.deepEqual(events[0], {
      name: 'download_chunk_started',
      payload: { file_hash: 'hash', chunk_index: 0, cid: null, peer: 'https://example.com' },
    });
    assert.deepEqual(events[1]?.payload, { file_hash: 'hash', chunk_index: 0, error: 'idle-timeout' });
    assert.deepEqual(events.at(-1), {
      name: 'download_chunk_complete',
      payload: { file_hash: 'hash', chunk_index: 0, path: '/x' },
    });
  });

  it('goes on silently from what an earlier run had', () => {
    const chunks = track(200);
    chunks.restore(0, 150);
    assert.deepEqual(told(), []);
    chunks.started(150, 'p');
    chunks.written(150, 200, 'p');
    assert.deepEqual(told(), ['progress 1 100/100', 'complete 1']);
  });

  it('starts a chunk anew that failed', () => {
    const chunks = track(100);
    chunks.started(0, 'p');
    chunks.written(0, 40, 'p');
    chunks.failed(40, 'connection-lost');
    chunks.started(40, 'p');
    chunks.written(40, 100, 'p');
    assert.deepEqual(told(), [
      'started 0',
      'progress 0 40/100',
      'failed 0',
      'started 0',
      'progress 0 100/100',
      'complete 0',
    ]);
  });

  it('completes the chunks of a stream of unknown length when it ends', () => {
    const chunks = track(null);
    chunks.started(0, 'p');
    chunks.written(0, 130, 'p');
    told();
    chunks.ended();
    assert.deepEqual(told(), ['complete 0', 'complete 1']);
    chunks.ended();
    assert.deepEqual(told(), []);
  });

  it('forgets everything when the file starts again', () => {
    const chunks = track(100);
    chunks.written(0, 60, 'p');
    told();
    chunks.reset();
    chunks.written(0, 100, 'p');
    assert.deepEqual(told(), ['started 0', 'progress 0 100/100', 'complete 0']);
  });

  it('completes every chunk exactly once, in whatever pieces and order the bytes are written', async () => {
    await forSeeds(100, (random) => {
      events = [];
      const size = random.between(1, 1000);
      const chunks = track(size, random.pick([1, 7, 100, 2000]));
      const cuts = [0, size];
      for (let n = random.between(0, 20); n > 0; n--) cuts.push(random.between(0, size));
      cuts.sort((a, b) => a - b);
      const pieces = cuts.slice(1).map((end, i) => [cuts[i] ?? 0, end] as const);
      for (let i = pieces.length - 1; i > 0; i--) {
        const j = random.between(0, i);
        const [a, b] = [pieces[i], pieces[j]];
        if (a !== undefined && b !== undefined) [pieces[i], pieces[j]] = [b, a];
      }
      for (const [start, end] of pieces) chunks.written(start, end, 'p');
      const state = new Map<number, string>();
      for (const { name, payload } of events) {
        const before = state.get(payload.chunk_index);
        if (name === 'download_chunk_started') assert.equal(before, undefined);
        else assert.equal(before, 'under way');
        state.set(payload.chunk_index, name === 'download_chunk_complete' ? 'complete' : 'under way');
      }
      assert.ok([...state.values()].every((value) => value === 'complete'));
    });
  });

  it('takes the blocks of a content-addressed file for its chunks, whatever their sizes', () => {
    const ends = [100, 130, 400];
    const content = {
      hash: 'root',
      length: ends.length,
      indexAt: (offset: number) => ends.findIndex((end) => offset < end),
      blockAt: (index: number) => ({ start: ends[index - 1] ?? 0, end: ends[index] ?? 400, cid: `cid${index}` }),
    };
    const init = { fileHash: 'task', chunkSize: 64, sizeBytes: 400, path: '/x', content };
    const chunks = new ChunkTracker({ ...init, emit: (event) => void events.push(event) });
    chunks.started(100, 'peer');
    assert.deepEqual(events[0]?.payload, { file_hash: 'root', chunk_index: 1, cid: 'cid1', peer: 'peer' });
    chunks.written(100, 150, 'p');
    chunks.written(0, 100, 'p');
    chunks.failed(130, 'connection-lost');
    chunks.started(130, 'other');
    chunks.written(150, 400, 'other');
    assert.deepEqual(told(), [
      ...['started 1', 'progress 1 30/30', 'complete 1', 'started 2', 'progress 2 20/270'],
      ...['started 0', 'progress 0 100/100', 'complete 0'],
      ...['failed 2', 'started 2', 'progress 2 270/270', 'complete 2'],
    ]);
  });
});
