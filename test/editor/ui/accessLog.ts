import type { Nginx } from '../../support/servers/nginx.ts';

/** A finished request as nginx logged it. */
export interface LoggedAnswer {
  readonly path: string;
  readonly status: number;
  readonly bodyBytes: number;
  /** As in the request; null: none was asked for. */
  readonly range: string | null;
}

export function answers(nginx: Nginx): readonly LoggedAnswer[] {
  return nginx.accessLog().map((line) => {
    const [, path = '', status = '', bodyBytes = '', range = '-'] = line.split(' ');
    return { path, status: Number(status), bodyBytes: Number(bodyBytes), range: range === '-' ? null : range };
  });
}

/** Body bytes of all finished requests together. */
export function bodyBytes(nginx: Nginx): number {
  return answers(nginx).reduce((sum, answer) => sum + answer.bodyBytes, 0);
}
