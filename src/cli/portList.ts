import { TributaryError } from '../contract/errors.ts';
import { parsePorts as readPorts } from '../kit/parsePorts.ts';

const MAX_PORTS = 256;

/** `8080-8084`, `8080,8090`, or both mixed. @throws TributaryError `bad-option` */
export function parsePorts(option: string, text: string): number[] {
  const ports = readPorts(text, MAX_PORTS);
  if (ports === null) throw wrong(option, text);
  return ports;
}

/** @throws TributaryError `bad-option` */
export function parsePort(option: string, text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new TributaryError('bad-option', { what: `${option} takes a port from 0 to 65535, not "${text}".` });
}

function wrong(option: string, text: string): TributaryError {
  return new TributaryError('bad-option', {
    what: `${option} takes ports such as 8080-8084 or 8080,8090 (at most ${MAX_PORTS}), not "${text}".`,
  });
}
