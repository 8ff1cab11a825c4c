/**
 * JSON in one line that a terminal can be shown: `JSON.stringify` leaves in what comes after ASCII, and in names of others
 * U+009B begins commands of many terminals, and other characters turn the reading direction. Parsers read the same.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
