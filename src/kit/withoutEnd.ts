/**
 * Text without the characters at its end that the pattern matches. An expression such as `/ +$/` does the same, but looks at
 * each space of the text, and from there on at all that follow: a stranger's line of 64 KiB took seconds.
 * @param characters of one character, without flag `g`
 */
export function withoutEnd(text: string, characters: RegExp): string {
  let end = text.length;
  while (end > 0 && characters.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
