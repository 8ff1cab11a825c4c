/** Told of a setting that makes no sense and therefore counts as not set. */
export type TellProblem = (problem: string) => void;

/** Keeps in mind what has been told, so that it is told once as long as it stands there. */
export class ToldProblems {
  #told: ReadonlySet<string> = new Set();

  /** Those of `current` that are new since the last call. */
  take(current: ReadonlySet<string>): string[] {
    const news = [...current].filter((problem) => !this.#told.has(problem));
    this.#told = current;
    return news;
  }
}

/** A value of a settings file, short enough for a line of the log. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
