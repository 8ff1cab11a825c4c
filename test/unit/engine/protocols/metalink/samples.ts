/** Metalinks in the form that mirror networks and release tools write. */

export function metalink4(inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink">${inside}</metalink>`;
}

export function metalink3(files: string): string {
  return `<metalink version="3.0" xmlns="http://www.metalinker.org/"><files>${files}</files></metalink>`;
}

/** After RFC 5854 §1.1 and what MirrorBrain adds. */
export const SAMPLE_4 = metalink4(`
  <published>2009-05-15T12:23:23Z</published>
  <generator>MirrorBrain/2.17.0</generator>
  <file name="dir/example.ext">
    <size>14471447</size>
    <identity>Example</identity>
    <language>en</language>
    <hash type="sha-256">${'f0'.repeat(32)}</hash>
    <pieces length="8388608" type="sha-1">
      <hash>${'1a'.repeat(20)}</hash>
      <hash>${'1a'.repeat(20)}</hash>
    </pieces>
    <url>http://last.example.org/</url>
    <url location="de" priority="1">http://ftp.example.com/example.ext</url>
    <url location="us" priority="1">ftp://ftp.example.com/example.ext</url>
    <url priority="1">https://mirror.example.org/a&amp;b</url>
    <metaurl mediatype="torrent" priority="2">http://example.com/example.ext.torrent</metaurl>
  </file>
  <file name="example2.ext">
    <signature mediatype="application/pgp-signature">-----BEGIN PGP SIGNATURE-----</signature>
  </file>
`);

export const SAMPLE_3 = metalink3(`
  <file name="example.ext">
    <size>500000</size>
    <verification>
      <hash type="sha1">${'1a'.repeat(20)}</hash>
      <hash type="sha256">${'F0'.repeat(32)}</hash>
      <hash type="ed2k">${'0'.repeat(32)}</hash>
      <pieces length="262144" type="sha1">
        <hash piece="0">${'1a'.repeat(20)}</hash>
        <hash piece="1">${'2b'.repeat(20)}</hash>
      </pieces>
    </verification>
    <resources maxconnections="4">
      <url type="http" preference="0">http://worst.example.org/</url>
      <url type="http">http://unknown.example.org/</url>
      <url type="https" location="DE" preference="100">https://best.example.org/example.ext</url>
      <url type="http" location="unknown" preference="90">http://good.example.org/example.ext</url>
      <url type="ftp" preference="100">ftp://ftp.example.org/example.ext</url>
      <url type="bittorrent" preference="100">http://example.org/example.ext.torrent</url>
    </resources>
  </file>
`);
