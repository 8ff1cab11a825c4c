import { describeError } from '../contract/errors.ts';
import type { TaskSnapshot } from '../contract/task.ts';
import { formatBytes, formatDuration, formatRate, percentOf } from '../kit/format.ts';
import type { Glyphs } from './glyphs.ts';
import { fitLeft, fitRight, shortenMiddle, widthOf, withoutControls } from './textWidth.ts';

const GAP = '  ';
const NAME_COLUMNS = { least: 12, most: 44 };
const BAR_COLUMNS = { least: 8, most: 40 };
const PERCENT_COLUMNS = 5;
const RATE_COLUMNS = 10;
const SIZES_COLUMNS = 17;

export interface LineStyle {
  /** Columns that the line may take. */
  readonly columns: number;
  readonly glyphs: Glyphs;
  /** Counts redraws; moves the block of a bar whose end is unknown. */
  readonly frame: number;
  /** Widest name on the screen, so that the columns of all lines agree. */
  readonly nameColumns: number;
}

/**
 * One active download as one line: name, bar, percent, received and whole size, speed, time left. A narrow terminal loses
 * the bar first, then the sizes, the time left and the speed; name and percent stay.
 */
export function progressLine(task: TaskSnapshot, style: LineStyle): string {
  const fields = layOut(style);
  const percent = percentOf(task.receivedBytes, task.sizeBytes);
  const parts = [fitLeft(withoutControls(task.name), fields.name, style.glyphs.ellipsis)];
  // While nothing comes, the reason needs the room.
  const waits = task.status.state === 'active' && task.status.waiting !== null;
  if (fields.bar > 0 && !waits) parts.push(bar(task, fields.bar, style));
  parts.push(fitRight(percent === null ? '--' : `${percent} %`, PERCENT_COLUMNS));
  const known = task.sizeBytes === null ? '' : ` / ${formatBytes(task.sizeBytes)}`;
  if (fields.sizes) parts.push(fitRight(formatBytes(task.receivedBytes) + known, SIZES_COLUMNS));
  const rest = style.columns - widthOf(parts.join(GAP)) - GAP.length;
  const words = phaseWords(task);
  if (words !== null) {
    // A reason may hold a name of somebody else.
    if (rest > 3) parts.push(shortenMiddle(withoutControls(words), rest, style.glyphs.ellipsis));
  } else if (task.status.state === 'active') {
    if (fields.rate) parts.push(fitRight(formatRate(task.status.bytesPerSecond), RATE_COLUMNS));
    const left = task.status.secondsLeft;
    if (fields.left > 0 && left !== null) {
      parts.push(fitRight(formatDuration(left) + (fields.left > LEFT_SHORT_COLUMNS ? ' left' : ''), fields.left));
    }
  }
  return shortenMiddle(parts.join(GAP).trimEnd(), style.columns, style.glyphs.ellipsis);
}

/** The line below several downloads. */
export function summaryLine(tasks: readonly TaskSnapshot[], wanted: number, columns: number): string {
  let done = 0;
  let failed = 0;
  let bytesPerSecond = 0;
  for (const { status } of tasks) {
    if (status.state === 'completed') done++;
    else if (status.state === 'failed') failed++;
    else if (status.state === 'active') bytesPerSecond += status.bytesPerSecond;
  }
  const words = [`${done} of ${wanted} files`];
  if (failed > 0) words.push(`${failed} failed`);
  words.push(formatRate(bytesPerSecond));
  return shortenMiddle(words.join(GAP), columns);
}

const LEFT_SHORT_COLUMNS = 10;
const LEFT_LONG_COLUMNS = 15;

function layOut(style: LineStyle): { name: number; bar: number; sizes: boolean; rate: boolean; left: number } {
  let free = style.columns - NAME_COLUMNS.least - GAP.length - PERCENT_COLUMNS;
  const take = (columns: number): boolean => {
    if (free < columns + GAP.length) return false;
    free -= columns + GAP.length;
    return true;
  };
  const rate = take(RATE_COLUMNS);
  let left = rate && take(LEFT_SHORT_COLUMNS) ? LEFT_SHORT_COLUMNS : 0;
  const sizes = left > 0 && take(SIZES_COLUMNS);
  let bar = sizes && take(BAR_COLUMNS.least) ? BAR_COLUMNS.least : 0;
  let name = NAME_COLUMNS.least;
  const grow = (columns: number, most: number): number => {
    const added = Math.max(0, Math.min(free, most - columns));
    free -= added;
    return columns + added;
  };
  name = grow(name, Math.max(NAME_COLUMNS.least, Math.min(style.nameColumns, 24)));
  if (bar > 0) {
    bar = grow(bar, 16);
    if (free >= LEFT_LONG_COLUMNS - LEFT_SHORT_COLUMNS) left = grow(left, LEFT_LONG_COLUMNS);
  }
  name = grow(name, Math.max(NAME_COLUMNS.least, Math.min(style.nameColumns, NAME_COLUMNS.most)));
  if (bar > 0) bar = grow(bar, BAR_COLUMNS.most);
  return { name, bar, sizes, rate, left };
}

function bar(task: TaskSnapshot, columns: number, { glyphs, frame }: LineStyle): string {
  if (task.sizeBytes === null) {
    const block = 3;
    const span = columns - block;
    const at = frame % (2 * span);
    const start = at < span ? at : 2 * span - at;
    return glyphs.empty.repeat(start) + glyphs.full.repeat(block) + glyphs.empty.repeat(span - start);
  }
  const share = task.sizeBytes === 0 ? 1 : Math.min(1, task.receivedBytes / task.sizeBytes);
  const steps = glyphs.partial.length + 1;
  const filled = Math.floor(share * columns * steps);
  const whole = Math.floor(filled / steps);
  const part = glyphs.partial[(filled % steps) - 1] ?? '';
  return glyphs.full.repeat(whole) + part + glyphs.empty.repeat(columns - whole - part.length);
}

/** What is said in place of speed and time left while no byte is expected; null while bytes flow. */
function phaseWords({ status }: TaskSnapshot): string | null {
  switch (status.state) {
    case 'active':
      if (status.waiting !== null) return `waiting: ${describeError(status.waiting)}`;
      if (status.phase === 'connecting') return 'connecting';
      if (status.phase === 'verifying') return 'checking';
      return status.phase === 'finishing' ? 'finishing' : null;
    case 'paused':
      return 'paused';
    default:
      return status.state;
  }
}
