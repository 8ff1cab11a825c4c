/** Links to content by its hash, as people paste them. Pure; the engine reads a CID to the last bit, this only its looks. */

/** Version 0, or version 1 in base32, base36 or base58. */
const CID = '(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{50,}|k[0-9a-z]{50,}|z[1-9A-HJ-NP-Za-km-z]{40,})';
const CID_AND_REST = new RegExp(`^(${CID})((?:[/?#].*)?)$`, 's');

/** `ipfs://<cid>…` of that, of `/ipfs/<cid>…` or of a bare CID; null when it is none of these. */
export function ipfsLink(text: string): string | null {
  const [, cid, rest = ''] = CID_AND_REST.exec(text.replace(/^ipfs:\/\/(?:ipfs\/)?|^\/ipfs\//i, '')) ?? [];
  return cid === undefined ? null : `ipfs://${cid}${rest}`;
}

/**
 * What a link to an IPFS gateway stands for: `https://ipfs.io/ipfs/<cid>/name` and `https://<cid>.ipfs.dweb.link/name` are
 * `ipfs://<cid>/name`. Null when it is no such link.
 */
export function gatewayTarget(address: string): string | null {
  if (!/^https?:/i.test(address) || !URL.canParse(address)) return null;
  const url = new URL(address);
  const [label = '', second] = url.hostname.split('.');
  const inPath = /^\/ipfs\/(.+)$/.exec(url.pathname)?.[1];
  const content = inPath ?? (second === 'ipfs' ? `${label}${url.pathname}` : null);
  const name = url.searchParams.get('filename');
  const link = content === null ? null : ipfsLink(content.replace(/\/$/, ''));
  return link === null || name === null ? link : `${link}?filename=${encodeURIComponent(name)}`;
}

/** What a file is called that an `ipfs://` link leads to. */
export function ipfsLinkLabel(link: string): string {
  const [, path = ''] = /^ipfs:\/\/([^?#]*)/i.exec(link) ?? [];
  const named = ipfsFileName(link);
  const [cid = '', ...names] = path.split('/').filter(Boolean);
  const last = names.at(-1);
  return named ?? (last === undefined ? shortCid(cid) : decodedOrPlain(last));
}

/** The name that stands in the link, as in `?filename=a.bin`; null without one. */
export function ipfsFileName(link: string): string | null {
  return new URLSearchParams(/\?([^#]*)/.exec(link)?.[1] ?? '').get('filename') || null;
}

/** The beginning and the end, which is what people compare. */
export function shortCid(cid: string): string {
  return cid.length > 20 ? `${cid.slice(0, 8)}…${cid.slice(-6)}` : cid;
}

/** A stray % is legal in a link, and no reason to fail. */
export function decodedOrPlain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
