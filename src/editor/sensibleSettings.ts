import { quoted, type TellProblem } from './settingProblems.ts';

/** Reads one setting by its full name. A hand-edited settings file may hold anything, hence `unknown`. */
export type ReadSetting = (key: string) => unknown;

/** Gives a setting as `parse` understands it; what is not set, or makes no sense (null), as its preset. */
export type SensibleSetting = <T>(key: string, what: string, preset: T, parse: (value: unknown) => T | null) => T;

/** @param tell once for each setting that makes no sense: `<key>: <value> is not <what>.` */
export function sensibleSettings(read: ReadSetting, tell: TellProblem): SensibleSetting {
  return (key, what, preset, parse) => {
    const value = read(key);
    if (value === undefined) return preset;
    const parsed = parse(value);
    if (parsed === null) tell(`${key}: ${quoted(value)} is not ${what}.`);
    return parsed ?? preset;
  };
}
