import { hubLink } from '../engine/intake/hubAddress.ts';
import type { HubPlace } from '../engine/net/hubSession.ts';
import type { HubFileRecord } from '../engine/protocols/hub/hubMessages.ts';
import { jsonText } from './jsonText.ts';

/** A file of a hub as a line of `--json`. */
export function hubFileJson(place: HubPlace, file: HubFileRecord): string {
  return jsonText({
    type: 'file',
    address: hubLink(place, file.fid),
    name: file.filename,
    size: file.size,
    sha256: file.sha256,
    uploader: file.uploader,
    uploadedAt: file.uploaded_at,
  });
}
