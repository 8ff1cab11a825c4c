import { ERRORS, TributaryError, toTributaryError } from '../../contract/errors.ts';
import { ChildAbort } from '../../kit/abort.ts';
import type { LineConnection } from '../net/lineConnection.ts';
import { fidKey } from '../protocols/hub/fidKey.ts';
import type { HubAction, HubMachine } from '../protocols/hub/hubMachine.ts';
import type { HubFiles } from './hubFiles.ts';
import { HubTakers, type TakerCounts } from './hubTakers.ts';
import type { HubPeer } from './receiveUpload.ts';
import { sendDownload } from './sendDownload.ts';

export type DownloadRequest = Extract<HubAction, { kind: 'openDownload' }>;

export interface HubDownloadsComponents {
  readonly files: HubFiles;
  readonly machine: HubMachine;
  /** The hub ends: nobody is told of anything any more. */
  readonly closing: AbortSignal;
  readonly perform: (actions: readonly HubAction[]) => void;
  readonly onChange: () => void;
  readonly onTrouble: (error: TributaryError) => void;
}

/** Who has asked. */
export interface DownloadClient {
  readonly connection: LineConnection;
  readonly peer: HubPeer;
  /** Aborted with the end of the connection. */
  readonly left: AbortController;
}

/** What a hub sends, and to how many. */
export class HubDownloads {
  readonly #components: HubDownloadsComponents;
  /** By file, from the request on. */
  readonly #running = new Map<string, Set<ChildAbort>>();
  readonly #takers = new HubTakers();

  constructor(components: HubDownloadsComponents) {
    this.#components = components;
  }

  get takers(): readonly TakerCounts[] {
    return this.#takers.counts;
  }

  /**
   * From now on a removal of the file ends it.
   * @returns what sends it in its turn, and never fails: whoever asked is told. Calls back when the answer was given
   */
  begin(client: DownloadClient, request: DownloadRequest): (told: () => void) => Promise<void> {
    const key = fidKey(request.fid);
    const stop = new ChildAbort(this.#components.closing);
    const running = this.#running.get(key) ?? new Set();
    this.#running.set(key, running.add(stop));
    return async (told) => {
      try {
        await this.#send(client, request, { stop: stop.signal, told });
      } finally {
        told();
        stop.dispose();
        running.delete(stop);
        if (running.size === 0 && this.#running.get(key) === running) this.#running.delete(key);
        this.#components.machine.downloadEnded(request.client);
      }
    };
  }

  /** The file is being removed: it is sent no more. */
  end(fid: string): void {
    for (const stop of this.#running.get(fidKey(fid)) ?? [])
      stop.abort(new TributaryError('file-missing', { path: fid }));
  }

  /** The file is removed. */
  forget(fid: string): void {
    this.#takers.forget(fid);
  }

  async #send(
    client: DownloadClient,
    request: DownloadRequest,
    { stop, told }: { readonly stop: AbortSignal; told(): void },
  ): Promise<void> {
    const { files, machine, closing, perform, onChange, onTrouble } = this.#components;
    if (client.left.signal.aborted || closing.aborted) return;
    const { client: id, fid, offset, length } = request;
    let hasPort = false;
    const sizeBytes = machine.fileOf(fid)?.size;
    if (sizeBytes === undefined || stop.aborted) {
      // Removed while it waited for its turn. There may be a new file of its fid since, which is another one.
      tell(client, machine.downloadRefused(id, fid, 'unknown-fid', 'The file is no longer there.'));
      return;
    }
    const taking = this.#takers.begun({ fid, sizeBytes }, machine.memberOf(id)?.person ?? '');
    let sentBytes = 0;
    const onSent = (bytes: number): void => {
      taking.sent(bytes - sentBytes);
      sentBytes = bytes;
    };
    const onPort = (port: number): void => {
      hasPort = true;
      onChange();
      tell(client, machine.downloadOpened(id, { fid, port, offset, length }));
      told();
    };
    try {
      const options = { signal: stop, left: client.left.signal };
      await sendDownload({ files, peer: client.peer, onPort, onSent }, request, options);
    } catch (caught) {
      if (closing.aborted) return;
      // What else stops it.
      const removed = stop.aborted;
      const error = toTributaryError(caught);
      if (ERRORS[error.code].category === 'disk' && !removed) onTrouble(error);
      const isGone = error.code === 'file-missing' || error.code === 'share-changed';
      if (isGone) tell(client, machine.downloadRefused(id, fid, 'unknown-fid', 'The file is no longer there.'));
      else if (!hasPort) tell(client, machine.downloadRefused(id, fid, 'cannot-store', 'The hub cannot send it now.'));
      // Somebody took it away or changed it by hand: it is no longer listed.
      if (isGone && !removed) perform(machine.removed(fid));
    } finally {
      taking.ended();
      onChange();
    }
  }
}

/** In its turn already. */
function tell({ connection }: DownloadClient, actions: readonly HubAction[]): void {
  for (const action of actions) if (action.kind === 'send') connection.send(action.line);
}
