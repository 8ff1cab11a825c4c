import assert from 'node:assert/strict';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { type BitswapMessage, EMPTY_MESSAGE } from '../../../../../src/engine/protocols/bitswap/bitswapMessage.ts';
import {
  blockKey,
  cidOfBlock,
  inlineBlock,
  isBlockOf,
  isCheckable,
  prefixOf,
} from '../../../../../src/engine/protocols/bitswap/blockCid.ts';
import { WantLedger } from '../../../../../src/engine/protocols/bitswap/wantLedger.ts';
import { WantList } from '../../../../../src/engine/protocols/bitswap/wantList.ts';
import { cidOfBytes } from '../../../../support/ipfs/cidOfBytes.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

function blockMessage(...texts: string[]): BitswapMessage {
  const blocks = texts.map((text) => ({ prefix: prefixOf(cidOfBytes(bytes(text))), data: bytes(text) }));
  return { ...EMPTY_MESSAGE, blocks };
}

describe('WantList', () => {
  const [a, b] = [cidOfBytes(bytes('a')), cidOfBytes(bytes('b'))];

  it('sends what is wanted and cancelled since the last message, once', () => {
    const list = new WantList();
    list.want(a);
    list.want(b);
    list.cancel(b);
    const sent = list.takeMessage()?.wants.map(({ cid, cancel }) => [CID.decode(cid).toString(), cancel]);
    assert.deepEqual(sent, [
      [a.toString(), false],
      [b.toString(), false],
      [b.toString(), true],
    ]);
    assert.equal(list.takeMessage(), null);
  });

  it('takes a want back before it repeats it: some peers forget the second of two', () => {
    const list = new WantList();
    list.want(a);
    list.takeMessage();
    list.want(a);
    assert.deepEqual(
      list.takeMessage()?.wants.map(({ cancel }) => cancel),
      [true, false],
    );
  });

  it('knows blocks by their bytes alone; one it never asked for is corrupt', () => {
    const list = new WantList();
    list.want(a);
    const [first, second] = list.receive(blockMessage('a', 'c'));
    assert.deepEqual([first?.kind, second?.kind], ['block', 'corrupt']);
    assert.equal(list.size, 0);
  });

  it('a block that is late, or comes twice, is no reason for distrust', () => {
    const list = new WantList();
    list.want(a);
    list.cancel(a);
    const answers = [...list.receive(blockMessage('a')), ...list.receive(blockMessage('a'))];
    assert.deepEqual(
      answers.map((answer) => answer.kind === 'block' && answer.asked),
      [false, false],
    );
  });

  it('tells what a peer lacks, of what it was asked for', () => {
    const list = new WantList();
    list.want(a);
    const presences = [a, b].map(({ bytes: cid }) => ({ cid, has: false }));
    assert.deepEqual(
      list.receive({ ...EMPTY_MESSAGE, presences }).map(({ kind }) => kind),
      ['missing'],
    );
  });
});

describe('WantLedger', () => {
  const cids = Array.from({ length: 1100 }, (_, n) => cidOfBytes(bytes(`block ${n}`)));
  const wants = (from: number, to: number, more: object = {}) =>
    cids.slice(from, to).map(({ bytes: cid }) => ({
      cid,
      priority: 1,
      cancel: false,
      kind: 'block' as const,
      sendDontHave: true,
      ...more,
    }));

  it('keeps so many wants and no more, gives the urgent first, and forgets what is cancelled', () => {
    const ledger = new WantLedger();
    ledger.receive({ ...EMPTY_MESSAGE, wants: wants(0, 1100) });
    assert.equal(ledger.size, 1024);
    ledger.receive({ ...EMPTY_MESSAGE, wants: wants(0, 1, { cancel: true }) });
    ledger.receive({ ...EMPTY_MESSAGE, wants: wants(5, 6, { priority: 9 }) });
    assert.equal(ledger.next()?.cid.toString(), cids[5]?.toString());
    assert.equal(ledger.next()?.cid.toString(), cids[1]?.toString());
    ledger.receive({ ...EMPTY_MESSAGE, isFull: true, wants: wants(7, 8) });
    assert.equal(ledger.size, 1);
  });

  it('who wants a block is not content with hearing that it is there', () => {
    const ledger = new WantLedger();
    ledger.receive({ ...EMPTY_MESSAGE, wants: wants(0, 1) });
    ledger.receive({ ...EMPTY_MESSAGE, wants: wants(0, 1, { kind: 'have' }) });
    assert.equal(ledger.next()?.kind, 'block');
    assert.equal(ledger.next(), null);
  });

  it('passes over what is no CID', () => {
    const ledger = new WantLedger();
    ledger.receive({ ...EMPTY_MESSAGE, wants: wants(0, 1, { cid: Buffer.from('nonsense') }) });
    assert.equal(ledger.size, 0);
  });
});

describe('block CIDs', () => {
  it('are the same whatever version and base they are written in', () => {
    const cid = CID.parse('QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG');
    assert.equal(blockKey(cid), blockKey(cid.toV1()));
  });

  it('prefixes of several bytes (blake2b, long codecs) are read; unknown hashes give none', () => {
    const digest = create(0xb220, Buffer.alloc(32));
    const cid = CID.createV1(0x0129, digest);
    assert.equal(prefixOf(cid).length, 7);
    assert.equal(cidOfBlock(prefixOf(cid), bytes('x')), null);
    assert.equal(isCheckable(cid), false);
    for (const length of [0, 1, 2, 3]) assert.equal(cidOfBlock(new Uint8Array(length), bytes('x')), null);
  });

  it('a digest that was cut short proves nothing', () => {
    const short = CID.createV1(0x55, create(0x12, cidOfBytes(bytes('x')).multihash.digest.subarray(0, 8)));
    assert.equal(isCheckable(short), false);
    assert.equal(isBlockOf(short, bytes('x')), false);
  });

  it('a block may stand in its CID, when it is short', () => {
    const inline = (length: number): CID => CID.createV1(0x55, create(0, Buffer.alloc(length, 'i')));
    assert.equal(Buffer.from(inlineBlock(inline(5)) ?? []).toString(), 'iiiii');
    assert.equal(isCheckable(inline(500)), false);
  });
});
