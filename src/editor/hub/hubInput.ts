/** What a person typed or pasted as the address of a hub. Pure, and quick enough for every key stroke. */

const DEFAULT_HUB_PORT = 8090;

export interface HubInput {
  /** `host:port`. */
  readonly address: string;
  /** That came with it; null when none did. */
  readonly key: string | null;
}

/** Reads `host`, `host:port`, `hub://host:port` and an invitation, `hub://:key@host:port`. Null when it is none of these. */
export function parseHubInput(text: string): HubInput | null {
  const rest = /^(?:hub:\/\/)?([^/\s\\]+)\/?$/i.exec(text.trim())?.[1];
  if (rest === undefined || rest.length > 1024) return null;
  const url = URL.parse(`http://${rest}`);
  if (url === null || url.hostname === '' || url.search !== '' || url.hash !== '' || url.pathname !== '/') return null;
  const at = rest.slice(rest.lastIndexOf('@') + 1);
  // The parser leaves out the usual port of the scheme it knows.
  const port = url.port === '' ? (/:80$/.test(at) ? 80 : DEFAULT_HUB_PORT) : Number(url.port);
  if (port === 0 || /:$/.test(at)) return null;
  const key = url.password || url.username;
  return { address: `${url.hostname}:${port}`, key: key === '' ? null : decode(key) };
}

/** Whether it is what **Copy Link of Hub File** gives: a hub, and what to fetch from it. */
export function isFileLink(text: string): boolean {
  return /^hub:\/\/[^/\s]+\/[^/\s]+$/i.test(text.trim());
}

/** Address and key in one, as `parseHubInput` reads it. */
export function hubInvitation(address: string, key: string): string {
  return `hub://:${encodeURIComponent(key)}@${address}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray % was meant as one.
    return text;
  }
}
