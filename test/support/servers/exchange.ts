import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LoggedRequest, RequestLog } from './requestLog.ts';

/** One request and the answer to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly logged: LoggedRequest;
  readonly log: RequestLog;
  /** `http://127.0.0.1:<port>` of the server that was asked. */
  readonly origin: string;
}

/** A behaviour. Behaviours that wrap another (`afterStatuses`, `onlyWithBasicAuth`) take the next one as an argument. */
export type Handler = (exchange: Exchange) => void | Promise<void>;
