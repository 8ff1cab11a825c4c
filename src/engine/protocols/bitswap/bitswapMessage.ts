/**
 * Messages of Bitswap 1.2.0 (https://specs.ipfs.tech/bitswap-protocol/):
 *
 *     message Message {
 *       message Wantlist {
 *         enum WantType { Block = 0; Have = 1; }
 *         message Entry { bytes block = 1; int32 priority = 2; bool cancel = 3; WantType wantType = 4; bool sendDontHave = 5; }
 *         repeated Entry entries = 1;
 *         bool full = 2;
 *       }
 *       message Block { bytes prefix = 1; bytes data = 2; }
 *       enum BlockPresenceType { Have = 0; DontHave = 1; }
 *       message BlockPresence { bytes cid = 1; BlockPresenceType type = 2; }
 *       Wantlist wantlist = 1;
 *       repeated Block payload = 3;
 *       repeated BlockPresence blockPresences = 4;
 *       int32 pendingBytes = 5;
 *     }
 */
import { encodeVarint, ProtobufError, ProtobufWriter, readFields } from './protobuf.ts';

export interface WantEntry {
  /** A CID as bytes. */
  readonly cid: Uint8Array;
  readonly priority: number;
  /** True: it is wanted no longer. */
  readonly cancel: boolean;
  /** `have`: only whether it is there. */
  readonly kind: 'block' | 'have';
  /** Say so when it is not there. */
  readonly sendDontHave: boolean;
}

export interface BlockEntry {
  /** Version, codec, hash function and digest length of the CID: all but the digest. */
  readonly prefix: Uint8Array;
  readonly data: Uint8Array;
}

export interface PresenceEntry {
  readonly cid: Uint8Array;
  readonly has: boolean;
}

export interface BitswapMessage {
  readonly wants: readonly WantEntry[];
  /** These wants take the place of all earlier ones. */
  readonly isFull: boolean;
  readonly blocks: readonly BlockEntry[];
  readonly presences: readonly PresenceEntry[];
  /** How many bytes of blocks are still waiting to be sent. */
  readonly pendingBytes: number;
}

export const EMPTY_MESSAGE: BitswapMessage = { wants: [], isFull: false, blocks: [], presences: [], pendingBytes: 0 };

/** Entries of all kinds that one message may have; Kubo's want-lists end at 1024. */
const MAX_ENTRIES = 8192;

/** With the length in front, in pieces, so that a block is not copied. */
export function encodeMessage(message: BitswapMessage): Uint8Array[] {
  const body = new ProtobufWriter();
  if (message.wants.length > 0 || message.isFull) {
    const wantlist = new ProtobufWriter();
    for (const want of message.wants) wantlist.message(1, encodeWant(want));
    if (message.isFull) wantlist.varint(2, 1);
    body.message(1, wantlist);
  }
  for (const { prefix, data } of message.blocks) body.message(3, new ProtobufWriter().bytes(1, prefix).bytes(2, data));
  for (const { cid, has } of message.presences)
    body.message(4, new ProtobufWriter().bytes(1, cid).varint(2, has ? 0 : 1));
  if (message.pendingBytes > 0) body.varint(5, message.pendingBytes);
  return joinShort([Uint8Array.from(encodeVarint(body.length)), ...body.pieces]);
}

/**
 * @param bytes without the length in front; blocks handed out lie in this memory
 * @throws ProtobufError
 */
export function decodeMessage(bytes: Uint8Array): BitswapMessage {
  const wants: WantEntry[] = [];
  const blocks: BlockEntry[] = [];
  const presences: PresenceEntry[] = [];
  let isFull = false;
  let pendingBytes = 0;
  for (const field of readFields(bytes)) {
    if (field.kind === 'varint') {
      if (field.number === 5) pendingBytes = field.value;
    } else if (field.number === 1) {
      for (const inner of readFields(field.value)) {
        if (inner.number === 1 && inner.kind === 'bytes') wants.push(decodeWant(inner.value));
        else if (inner.number === 2 && inner.kind === 'varint') isFull = inner.value !== 0;
      }
    } else if (field.number === 3) blocks.push(decodeBlock(field.value));
    else if (field.number === 4) presences.push(decodePresence(field.value));
    if (wants.length + blocks.length + presences.length > MAX_ENTRIES) throw new ProtobufError('too many entries');
  }
  return { wants, isFull, blocks, presences, pendingBytes };
}

function encodeWant({ cid, priority, cancel, kind, sendDontHave }: WantEntry): ProtobufWriter {
  const entry = new ProtobufWriter().bytes(1, cid).varint(2, priority);
  if (cancel) entry.varint(3, 1);
  if (kind === 'have') entry.varint(4, 1);
  if (sendDontHave) entry.varint(5, 1);
  return entry;
}

function decodeWant(bytes: Uint8Array): WantEntry {
  let cid: Uint8Array = new Uint8Array();
  // The defaults of the format, for whatever is not there.
  const numbers = [0, 0, 0, 0, 0, 0];
  for (const field of readFields(bytes)) {
    if (field.kind === 'bytes') {
      if (field.number === 1) cid = field.value;
    } else if (field.number < numbers.length) numbers[field.number] = field.value;
  }
  const [, , priority = 0, cancel = 0, wantType = 0, sendDontHave = 0] = numbers;
  return {
    cid,
    priority: priority | 0,
    cancel: cancel !== 0,
    kind: wantType === 1 ? 'have' : 'block',
    sendDontHave: sendDontHave !== 0,
  };
}

function decodeBlock(bytes: Uint8Array): BlockEntry {
  let prefix: Uint8Array = new Uint8Array();
  let data: Uint8Array = new Uint8Array();
  for (const field of readFields(bytes)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) prefix = field.value;
    else if (field.number === 2) data = field.value;
  }
  return { prefix, data };
}

function decodePresence(bytes: Uint8Array): PresenceEntry {
  let cid: Uint8Array = new Uint8Array();
  let type = 0;
  for (const field of readFields(bytes)) {
    if (field.number === 1 && field.kind === 'bytes') cid = field.value;
    else if (field.number === 2 && field.kind === 'varint') type = field.value;
  }
  return { cid, has: type === 0 };
}

/** Long pieces stay as they are, runs of short ones become one: each piece costs a frame on the wire. */
function joinShort(pieces: readonly Uint8Array[]): Uint8Array[] {
  const joined: Uint8Array[] = [];
  let short: Uint8Array[] = [];
  const flush = (): void => {
    if (short.length > 0) joined.push(Buffer.concat(short));
    short = [];
  };
  for (const piece of pieces) {
    if (piece.length < 4096) short.push(piece);
    else {
      flush();
      joined.push(piece);
    }
  }
  flush();
  return joined;
}
