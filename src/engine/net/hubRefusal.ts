import { TributaryError } from '../../contract/errors.ts';
import type { HubEvent } from '../protocols/hub/hubClientMachine.ts';

/** Codes of a hub's ERROR that another attempt may mend. */
const PASSING = new Set([
  'fid-taken',
  'too-many-requests',
  'too-many-clients',
  'too-few-bytes',
  'not-connected',
  'cannot-store',
]);

/** What a hub's ERROR means here. Its words are somebody else's and are shown as such. */
export function refusal(event: Extract<HubEvent, { kind: 'refused' }>, host: string): TributaryError {
  if (event.code === 'bad-key') return new TributaryError('hub-key-needed', { host });
  if (event.code === 'unknown-fid') return new TributaryError('hub-file-gone', { host });
  const reason = (event.message || event.code)
    .slice(0, 200)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\.$/, '');
  return new TributaryError(PASSING.has(event.code) ? 'hub-busy' : 'hub-refused', {
    host,
    reason,
    hubCode: event.code.slice(0, 40),
  });
}
