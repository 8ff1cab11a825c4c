import type { TaskSnapshot } from '../contract/task.ts';
import { formatBytes, formatRate, percentOf } from '../kit/format.ts';
import { fitLeft, fitRight, widthOf, withoutControls } from './textWidth.ts';

const GAP = '  ';

interface Column {
  readonly title: string;
  readonly right?: boolean;
  text(task: TaskSnapshot): string;
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'STATE', text: ({ status }) => status.state },
  { title: 'DONE', right: true, text: donePercent },
  { title: 'SIZE', right: true, text: ({ sizeBytes }) => (sizeBytes === null ? '--' : formatBytes(sizeBytes)) },
  {
    title: 'SPEED',
    right: true,
    text: ({ status }) => (status.state === 'active' ? formatRate(status.bytesPerSecond) : ''),
  },
  {
    title: 'LIMIT',
    right: true,
    text: ({ limitBytesPerSecond }) => (limitBytesPerSecond === 0 ? '' : formatRate(limitBytesPerSecond)),
  },
  { title: 'NAME', text: ({ name }) => withoutControls(name) },
];

/** Downloads as an aligned table with a head; one line each. */
export function taskTable(tasks: readonly TaskSnapshot[]): string[] {
  const rows = [COLUMNS.map(({ title }) => title), ...tasks.map((task) => COLUMNS.map((column) => column.text(task)))];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((text, at) => (COLUMNS[at]?.right ? fitRight(text, widths[at] ?? 0) : fitLeft(text, widths[at] ?? 0)))
      .join(GAP)
      .trimEnd(),
  );
}

function donePercent({ receivedBytes, sizeBytes }: TaskSnapshot): string {
  const percent = percentOf(receivedBytes, sizeBytes);
  return percent === null ? formatBytes(receivedBytes) : `${percent} %`;
}
