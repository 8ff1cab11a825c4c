import { TributaryError, toTributaryError } from '../contract/errors.ts';
import type { OwnHub } from '../contract/hub.ts';
import { isLoopback } from './intake/loopback.ts';
import type { KeptHubs } from './keptHubs.ts';
import { type HubPlace, labelOf } from './net/hubSession.ts';
import { joinableHosts } from './net/joinableHosts.ts';
import { HubServer, type HubServerInit } from './share/hubServer.ts';

/** The hub as it should be; `server` is null while it is not. */
interface Serving {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
  readonly hasKey: boolean;
  readonly server: HubServer | null;
  readonly error: TributaryError | null;
}

export interface ServedHubComponents {
  log(level: 'info' | 'warn', message: string): void;
  /** Members, files or uploads are others than before; often. */
  onChange(): void;
}

/** The share hub that runs in this engine, or should. Whoever uses it starts and stops it one after the other. */
export class ServedHub {
  readonly #components: ServedHubComponents;
  #serving: Serving | null = null;

  constructor(components: ServedHubComponents) {
    this.#components = components;
  }

  get isOn(): boolean {
    return this.#serving?.server != null;
  }

  /** Host and port by which this engine joins it; null: there is none. */
  get label(): string | null {
    return this.#serving === null ? null : labelOf(ownPlace(this.#serving));
  }

  /** One's own hub by any of its addresses is one hub, or all of its files would be there twice. */
  placeOf(place: HubPlace): HubPlace {
    const serving = this.#serving;
    if (serving === null || serving.port !== place.port) return place;
    const own = ownPlace(serving);
    const isLocal = place.host === 'localhost' && isLoopback(own.host);
    return isLocal || joinableHosts(serving.host).map(bracketed).includes(place.host) ? { ...place, ...own } : place;
  }

  /** What is written down of it; null: there is none. */
  get kept(): KeptHubs['own'] {
    if (this.#serving === null) return null;
    const { host, port, folder, hasKey } = this.#serving;
    return { host, port, folder, hasKey };
  }

  /** Names of those who are connected; one person may be there twice. */
  get members(): readonly string[] {
    return (this.#serving?.server?.members ?? []).map(({ name }) => name);
  }

  /**
   * @returns where this engine joins it
   * @throws TributaryError as `HubServer.start`
   */
  async start(
    init: Pick<HubServerInit, 'host' | 'port' | 'folder' | 'key'>,
    options: { signal: AbortSignal },
  ): Promise<HubPlace> {
    const { host, folder, key } = init;
    const server = await this.#serve(init, options);
    const serving: Serving = { host, port: server.port, folder, hasKey: key !== null, server, error: null };
    this.#serving = serving;
    return { ...ownPlace(serving), key };
  }

  /** What an earlier engine had: so it should be. One with a key waits for whoever knows that. */
  remember({ host, port, folder, hasKey }: NonNullable<KeptHubs['own']>): void {
    const error = hasKey ? new TributaryError('hub-key-needed', { host: labelOf({ host, port }) }) : null;
    this.#serving = { host, port, folder, hasKey, server: null, error };
  }

  /** Starts what is remembered, if it can. It takes long where much was modified. Never fails. */
  async restore(options: { signal: AbortSignal }): Promise<void> {
    const serving = this.#serving;
    if (serving === null || serving.hasKey) return;
    const { host, port, folder } = serving;
    try {
      this.#serving = { ...serving, server: await this.#serve({ host, port, folder, key: null }, options) };
    } catch (caught) {
      if (options.signal.aborted) return;
      const error = toTributaryError(caught);
      this.#components.log('warn', `the share hub did not start again: ${error.message}`);
      this.#serving = { ...serving, error };
    }
  }

  /** Its files stay where they are. */
  async stop(): Promise<void> {
    const serving = this.#serving;
    this.#serving = null;
    await serving?.server?.close();
  }

  /** As its owner, who may take away whatever is there. */
  remove(fid: string): void {
    this.#serving?.server?.remove(fid);
  }

  snapshot(): OwnHub | null {
    const serving = this.#serving;
    if (serving === null) return null;
    const { host, port, folder, hasKey, server, error } = serving;
    const files = server?.files ?? [];
    return {
      address: labelOf(ownPlace(serving)),
      addresses: joinableHosts(host).map((each) => labelOf({ host: bracketed(each), port })),
      state: server !== null ? 'on' : error?.code === 'hub-key-needed' ? 'key-needed' : 'failed',
      error: error?.toInfo() ?? null,
      folder,
      hasKey,
      members: this.members,
      files: files.length,
      totalBytes: files.reduce((sum, { size }) => sum + size, 0),
      takers: server?.takers ?? [],
      incoming: (server?.incoming ?? []).map(({ fid, filename, uploader, sizeBytes, receivedBytes }) => ({
        fid,
        name: filename,
        uploader,
        sizeBytes,
        receivedBytes,
      })),
    };
  }

  async #serve(
    init: Pick<HubServerInit, 'host' | 'port' | 'folder' | 'key'>,
    options: { signal: AbortSignal },
  ): Promise<HubServer> {
    const server = await HubServer.start(init, options);
    server.onDidChange(() => this.#components.onChange());
    if (server.trouble !== null) this.#components.log('warn', server.trouble);
    server.onDidLog((line) => this.#components.log('warn', line));
    this.#components.log('info', `share hub on ${labelOf({ host: bracketed(server.host), port: server.port })}`);
    return server;
  }
}

/** Where this machine reaches what listens there. */
function ownPlace({ host, port }: Pick<Serving, 'host' | 'port'>): Omit<HubPlace, 'key'> {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { host: bracketed(reached), port };
}

/** As hosts stand in addresses. */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
