import { TributaryError } from '../contract/errors.ts';

const MAX_PORTS = 256;

/** `8080-8084`, `8080,8090`, or both mixed. @throws TributaryError `bad-option` */
export function parsePorts(option: string, text: string): number[] {
  const ports = text.split(',').flatMap((part) => {
    const [, first = '', last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    const from = Number(first || Number.NaN);
    const to = Number(last || Number.NaN);
    const good = from >= 1 && to <= 65_535 && from <= to && to - from < MAX_PORTS;
    if (!good) throw wrong(option, text);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
  if (ports.length > MAX_PORTS) throw wrong(option, text);
  return [...new Set(ports)];
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
