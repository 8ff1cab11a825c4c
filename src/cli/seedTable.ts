import type { SeedsSnapshot } from '../contract/seedApi.ts';
import { formatBytes } from '../kit/format.ts';
import { fitLeft, fitRight, widthOf, withoutControls } from './textWidth.ts';

/** What seeds offer, a line for each file; files of one name that differ stand below each other. */
export function seedTable({ peers, files }: SeedsSnapshot): string[] {
  const up = peers.filter(({ state }) => state === 'up');
  const numbers = new Map(up.map(({ address, seedNumber }) => [address, seedNumber]));
  const seedsOf = (addresses: readonly string[]): string =>
    addresses.map((address) => String(numbers.get(new URL(address).host) ?? '?')).join(' ');
  const rows = files.map((file) => [formatBytes(file.sizeBytes), seedsOf(file.addresses), withoutControls(file.name)]);
  return [
    ...align([
      ['SEED', 'ADDRESS', 'FORM', 'FILES'],
      ...up.map(({ seedNumber, address, form, files: own, unlisted }) => [
        String(seedNumber),
        address,
        String(form),
        unlisted === 0 ? String(own.length) : `${own.length} of ${own.length + unlisted}`,
      ]),
    ]),
    ...(rows.length === 0 ? [] : ['', ...align([['SIZE', 'SEEDS', 'NAME'], ...rows])]),
  ];
}

/** The first column to the right, the others to the left. */
function align(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((text, at) => (at === 0 ? fitRight(text, widths[at] ?? 0) : fitLeft(text, widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
