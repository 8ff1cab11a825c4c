/** One target of a scenario: what was asked, what came out. */
export interface Check {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

/** What a scenario has to say, as text for people and as numbers for programs. */
export interface Report {
  /** Sizes, lanes, servers: what the figures depend on. */
  readonly setting: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly checks: readonly Check[];
  readonly notes: readonly string[];
  /** Raw figures for the JSON file. */
  readonly data: unknown;
}

/** A check that a figure does not exceed its target. */
export function atMost(what: string, measured: number, target: number, show: (value: number) => string): Check {
  return { what, measured: figure(measured, show), target: `≤ ${show(target)}`, met: measured <= target };
}

/** A check that a figure reaches its target. */
export function atLeast(what: string, measured: number, target: number, show: (value: number) => string): Check {
  return { what, measured: figure(measured, show), target: `≥ ${show(target)}`, met: measured >= target };
}

/** Whoever did not finish, or is not here, has none. */
function figure(value: number, show: (value: number) => string): string {
  return Number.isNaN(value) ? 'none' : show(value);
}

/** Markdown: title, setting, figures, verdicts, notes. */
export function reportText(title: string, report: Report): string {
  const checks = report.checks.map(({ what, measured, target, met }) => [
    what,
    measured,
    target,
    met ? 'met' : '**missed**',
  ]);
  return [
    `### ${title}`,
    report.setting,
    table(report.columns, report.rows),
    checks.length > 0 ? table(['target', 'measured', 'wanted', 'verdict'], checks) : '',
    report.notes.map((note) => `- ${note}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.join('\n');
}
