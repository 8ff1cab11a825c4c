import type { CID } from 'multiformats/cid';
import { TributaryError } from '../../../contract/errors.ts';
import { MemorySink } from '../../../kit/memorySink.ts';
import type { HttpClient } from '../../net/httpClient.ts';
import { type HttpResponse, headerOf } from '../../net/httpResponse.ts';
import { isBlockOf } from '../../protocols/bitswap/blockCid.ts';
import { isRedirect, nextHop } from '../http/redirects.ts';
import { statusError } from '../http/statusError.ts';

/** Gateways promise no more than 2 MiB (https://specs.ipfs.tech/http-gateways/trustless-gateway/). */
const MAX_BLOCK_BYTES = 4 * 1024 * 1024;
/** From the request to the head of the answer: a gateway may have to find the block first. */
const ANSWER_MS = 15_000;

/** Blocks from a trustless gateway, or from any web server that has them under such names. */
export class GatewayBlocks {
  readonly #client: HttpClient;
  /** Without a slash at the end. */
  readonly url: string;
  readonly #userAgent: string;

  constructor(components: { client: HttpClient }, init: { url: string; userAgent: string }) {
    this.#client = components.client;
    this.url = init.url.replace(/\/+$/, '');
    this.#userAgent = init.userAgent;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  /**
   * A block, checked.
   * @throws TributaryError of the network, `wrong-content`; the signal's reason when aborted
   */
  async get(cid: CID, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    const response = await this.#request(cid, { signal });
    // One byte more than it may have, so that it is seen.
    const sink = new MemorySink({ start: 0, end: MAX_BLOCK_BYTES + 1 });
    try {
      await response.readInto(sink, { signal });
    } finally {
      response.discard();
    }
    if (sink.position > MAX_BLOCK_BYTES)
      throw new TributaryError('bad-response', { host: this.host, reason: 'a block that is too long' });
    if (!isBlockOf(cid, sink.bytes)) throw new TributaryError('wrong-content', { host: this.host });
    return sink.bytes;
  }

  async #request(cid: CID, { signal }: { signal: AbortSignal }): Promise<HttpResponse> {
    const headers = {
      'user-agent': this.#userAgent,
      accept: 'application/vnd.ipld.raw',
      'accept-encoding': 'identity',
    };
    const late = AbortSignal.timeout(ANSWER_MS);
    const chain = [`${this.url}/ipfs/${cid.toString()}?format=raw`];
    try {
      for (;;) {
        const url = chain.at(-1) ?? '';
        const response = await this.#client.get(url, headers, { signal: AbortSignal.any([signal, late]) });
        if (response.status === 200) return response;
        const { status } = response;
        const location = headerOf(response, 'location');
        response.discard();
        if (!isRedirect(status)) throw statusError(status, this.host);
        chain.push(nextHop(chain, location));
      }
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted) throw new TributaryError('first-byte-timeout', { host: this.host }, { cause: error });
      throw error;
    }
  }
}
