/** Heads that no client may guess about: each is followed by this many body bytes, so a guess would yield a file. */
const BODY = 'x'.repeat(100);

/** Name → the whole answer, byte for byte. */
export const MALFORMED_ANSWERS: Readonly<Record<string, string>> = {
  'two different Content-Length': `HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Length: 50\r\n\r\n${BODY}`,
  'a Content-Length that is no number': `HTTP/1.1 200 OK\r\nContent-Length: 0x64\r\n\r\n${BODY}`,
  'a negative Content-Length': `HTTP/1.1 200 OK\r\nContent-Length: -100\r\n\r\n${BODY}`,
  'Content-Length beside Transfer-Encoding': `HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n${BODY}\r\n0\r\n\r\n`,
  'a head over 64 KiB': `HTTP/1.1 200 OK\r\nX-Long: ${'y'.repeat(70_000)}\r\nContent-Length: 100\r\n\r\n${BODY}`,
  'an obsolete line fold': `HTTP/1.1 200 OK\r\nX-Folded: a\r\n Content-Length: 3\r\nContent-Length: 100\r\n\r\n${BODY}`,
  'no HTTP at all': `SSH-2.0-OpenSSH_9.2\r\n\r\n${BODY}`,
  'a space before the colon': `HTTP/1.1 200 OK\r\nContent-Length : 100\r\n\r\n${BODY}`,
};
