import { createHash } from 'node:crypto';
import type { TaskSecrets } from '../contract/engineApi.ts';
import { type Address, parseAddress } from './intake/address.ts';
import { checkHeaders } from './intake/headers.ts';
import type { HttpClient } from './net/httpClient.ts';
import { HttpSource } from './sources/http/httpSource.ts';
import type { Source } from './sources/source.ts';

export interface OpenHttpSourceInit {
  readonly address: Address;
  /** The link that the user's headers are meant for: its origin alone gets them. */
  readonly headersFor: string;
  readonly headers: TaskSecrets['headers'];
  readonly userAgent: string;
}

/** An http(s) link as a source of its task. @throws TributaryError `bad-header` */
export function openHttpSource(client: HttpClient, init: OpenHttpSourceInit): Source {
  const { address } = init;
  return new HttpSource(
    { client },
    {
      url: address.url,
      key: createHash('sha256').update(address.url).digest('hex'),
      address: address.display,
      headers: headersOf(address, init),
      userAgent: init.userAgent,
    },
  );
}

/** User info of the link itself counts; headers that the user gave beside it go to the origin they were given for. */
function headersOf(address: Address, { headersFor, headers }: OpenHttpSourceInit): Record<string, string> {
  const credentials = address.authorization === null ? {} : { authorization: address.authorization };
  const sameOrigin = new URL(parseAddress(headersFor).url).origin === new URL(address.url).origin;
  return { ...credentials, ...(sameOrigin ? checkHeaders(headers ?? {}) : {}) };
}
