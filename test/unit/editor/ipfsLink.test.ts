import assert from 'node:assert/strict';
import { gatewayTarget, ipfsLink } from '../../../src/editor/ipfsLink.ts';

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi';
const OLD_CID = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG';

describe('ipfsLink', () => {
  const cases: readonly [string, string | null][] = [
    [OLD_CID, `ipfs://${OLD_CID}`],
    [`ipfs://ipfs/${CID}`, `ipfs://${CID}`],
    [`IPFS://${CID}/a/b`, `ipfs://${CID}/a/b`],
    ['Qm', null],
    ['bafy', null],
    ['basically-a-very-long-word-that-is-not-a-cid-at-all-by-any-means', null],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${text} as ${expected}`, () => assert.equal(ipfsLink(text), expected));
  }
});

describe('gatewayTarget', () => {
  const cases: readonly [string, string | null][] = [
    [`https://ipfs.io/ipfs/${CID}`, `ipfs://${CID}`],
    [`https://ipfs.io/ipfs/${CID}/`, `ipfs://${CID}`],
    [`http://127.0.0.1:8080/ipfs/${OLD_CID}/a%20b.txt?download=true`, `ipfs://${OLD_CID}/a%20b.txt`],
    [`https://dweb.link/ipfs/${CID}?filename=a%20b.bin`, `ipfs://${CID}?filename=a%20b.bin`],
    [`https://${CID}.ipfs.dweb.link/`, `ipfs://${CID}`],
    [`https://${CID}.ipfs.localhost:8080/docs/a.txt`, `ipfs://${CID}/docs/a.txt`],
    ['https://example.org/ipfs/readme.txt', null],
    ['https://docs.ipfs.tech/install/', null],
    [`ipfs://${CID}`, null],
    ['seed:///a', null],
  ];
  for (const [address, expected] of cases) {
    it(`reads ${address} as ${expected}`, () => assert.equal(gatewayTarget(address), expected));
  }
});
