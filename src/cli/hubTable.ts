import { hubLink } from '../engine/intake/hubAddress.ts';
import type { HubFileRecord } from '../engine/protocols/hub/hubMessages.ts';
import { formatBytes } from '../kit/format.ts';
import { fitLeft, fitRight, widthOf, withoutControls } from './textWidth.ts';

/** The files of a hub as an aligned table with a head; the address stands last, for copying. */
export function hubTable(
  hub: { readonly host: string; readonly port: number },
  files: readonly HubFileRecord[],
): string[] {
  const rows = [
    ['SIZE', 'BY', 'WHEN', 'NAME', 'ADDRESS'],
    ...files.map((file) => [
      formatBytes(file.size),
      withoutControls(file.uploader),
      withoutControls(file.uploaded_at.replace('T', ' ').replace(/\.\d+Z$/, 'Z')),
      withoutControls(file.filename),
      hubLink(hub, file.fid),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((text, at) => (at === 0 ? fitRight(text, widths[0] ?? 0) : fitLeft(text, widths[at] ?? widthOf(text))))
      .join('  '),
  );
}
