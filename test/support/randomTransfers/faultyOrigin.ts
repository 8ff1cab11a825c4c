import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Content } from '../content.ts';
import type { Scope } from '../scope.ts';
import { startRawServer } from '../servers/rawServer.ts';
import { parseRange, type RequestLog } from '../servers/requestLog.ts';
import type { FaultKind } from './faults.ts';
import { type FaultyAnswer, faultyAnswer } from './faultyAnswer.ts';
import type { TransferPlan } from './transferPlan.ts';

/** One file of the origin while its transfer lasts. */
export interface OriginFile {
  readonly address: string;
  readonly plan: TransferPlan;
  /** Of `plan.versions`. */
  version: number;
  requests: number;
  /** No more faults from now on. */
  honest: boolean;
  /** When the user acts; called once at most. */
  onMoment: (() => void) | null;
}

/** A server of many files, each of which misbehaves as its plan says. */
export interface FaultyOrigin {
  readonly log: RequestLog;
  /** How often each fault was really met. */
  readonly faults: Map<FaultKind, number>;
  serve(plan: TransferPlan): OriginFile;
  forget(file: OriginFile): void;
}

export async function startFaultyOrigin(scope: Scope): Promise<FaultyOrigin> {
  const files = new Map<number, OriginFile>();
  const faults = new Map<FaultKind, number>();
  const answer = (socket: Socket, head: string): void => {
    const file = files.get(Number(/^GET \/(\d+)\//.exec(head)?.[1]));
    // A lane that was stopped may still have asked.
    if (file === undefined) return void socket.destroy();
    const number = ++file.requests;
    const fault = file.honest ? null : file.plan.faultOf(number);
    if (fault !== null) faults.set(fault.kind, (faults.get(fault.kind) ?? 0) + 1);
    if (fault?.kind === 'new version' && file.plan.validator !== 'none') file.version = 1;
    const spoiled = faultyAnswer({ ...contextOf(file, head), plan: file.plan }, fault);
    const { user } = file.plan;
    const acts = file.onMoment !== null && user.action !== 'none' && number === user.atRequest;
    send(socket, spoiled, acts ? { afterShare: user.afterShare, act: () => actOnce(file) } : null).catch(() =>
      socket.destroy(),
    );
  };
  const { origin, log } = await startRawServer(scope, answer);
  return {
    log,
    faults,
    serve: (plan) => {
      const file = {
        address: `${origin}/${plan.seed}/f.bin`,
        plan,
        version: 0,
        requests: 0,
        honest: false,
        onMoment: null,
      };
      files.set(plan.seed, file);
      return file;
    },
    forget: (file) => {
      files.delete(file.plan.seed);
      // Thousands of transfers later the log would be all that the memory is used for.
      if (log.requests.length > 1000) log.requests.splice(0, 500);
    },
  };
}

function contextOf(
  file: OriginFile,
  head: string,
): {
  content: Content;
  version: number;
  range: ReturnType<typeof parseRange>;
  ifRange: string | null;
  elsewhere: string;
} {
  return {
    content: file.plan.versions[file.version] ?? file.plan.versions[0],
    version: file.version,
    range: parseRange(fieldOf(head, 'range') ?? undefined),
    ifRange: fieldOf(head, 'if-range'),
    elsewhere: `/${file.plan.seed}/elsewhere/${file.requests}.bin?signature=s${file.requests}`,
  };
}

function fieldOf(head: string, name: string): string | null {
  return new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim() ?? null;
}

function actOnce(file: OriginFile): void {
  file.onMoment?.();
  file.onMoment = null;
}

async function send(
  socket: Socket,
  answer: FaultyAnswer,
  moment: { afterShare: number; act: () => void } | null,
): Promise<void> {
  if (answer.delayMs !== undefined) await delay(answer.delayMs);
  const body = answer.body.subarray(0, answer.bodyBytes ?? answer.body.length);
  const bytes = Buffer.concat([Buffer.from(answer.head ?? '', 'latin1'), body]);
  const momentAt = moment === null ? Number.POSITIVE_INFINITY : Math.floor(moment.afterShare * bytes.length);
  const cuts = [...cutsOf(bytes.length, answer.pieces ?? 1), ...(moment === null ? [] : [momentAt]), bytes.length];
  let sent = 0;
  for (const cut of cuts.sort((a, b) => a - b)) {
    if (cut > sent) await write(socket, bytes.subarray(sent, cut));
    sent = cut;
    if (cut >= momentAt) moment?.act();
    // So that the pieces arrive as pieces, and the moment is in the middle.
    if (sent < bytes.length) await delay(1);
  }
  if (answer.connection === 'reset') socket.resetAndDestroy();
  else if (answer.connection === 'closed') socket.end();
}

function cutsOf(length: number, pieces: number): number[] {
  return Array.from({ length: pieces - 1 }, (_, n) => Math.floor(((n + 1) / pieces) * length));
}

/** Resolves when the kernel took the bytes, or the connection is gone. */
function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', resolve);
    socket.write(bytes, () => {
      socket.off('close', resolve);
      resolve();
    });
  });
}
