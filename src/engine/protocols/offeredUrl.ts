/** Longer ones are refused by most servers anyhow. */
const MAX_LENGTH = 8192;

/**
 * A link that somebody else offers: http or https, without fragment; null for every other one. With a base it may be
 * relative; without one it has to be whole, since the parser would forgive `http:host` and the user never saw it.
 */
export function offeredUrl(text: string, baseUrl?: string): URL | null {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH || /[\s\\]/.test(trimmed)) return null;
  if (baseUrl === undefined && !/^https?:\/\/[^/]/i.test(trimmed)) return null;
  let url: URL;
  try {
    url = new URL(trimmed, baseUrl);
  } catch {
    return null;
  }
  url.hash = '';
  return /^https?:$/.test(url.protocol) && url.href.length <= MAX_LENGTH ? url : null;
}
