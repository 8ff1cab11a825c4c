import assert from 'node:assert/strict';
import { parseAddress } from '../../../../src/engine/intake/address.ts';
import { ipfsLinkOf } from '../../../../src/engine/intake/ipfsAddress.ts';
import { thrown } from '../assertCode.ts';
import { forSeeds } from '../seededRandom.ts';

const V0 = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG';
const V1 = 'bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34';

describe('ipfs addresses', () => {
  for (const text of [V0, V1, `ipfs://${V0}`, `IPFS://${V1}`, `/ipfs/${V1}`, ` ipfs://ipfs/${V0} `]) {
    it(`reads ${text.trim()}`, () => {
      const address = parseAddress(text);
      assert.deepEqual([address.kind, address.url, address.display], ['ipfs', `ipfs://${V1}`, `ipfs://${V1}`]);
    });
  }

  it('keeps path and name, and reads its own form again', () => {
    const { url, display } = parseAddress(`ipfs://${V0}/a%20b/c.pdf?filename=Report%2F1.pdf`);
    assert.equal(display, `ipfs://${V1}/a%20b/c.pdf`);
    assert.equal(parseAddress(url).url, url);
    assert.deepEqual(ipfsLinkOf(url), { cid: V1, path: ['a b', 'c.pdf'], name: '1.pdf' });
    assert.deepEqual(ipfsLinkOf(`ipfs://${V1}/x/y.bin`).name, 'y.bin');
    assert.deepEqual(ipfsLinkOf(`ipfs://${V1}`).name, V1);
  });

  for (const text of ['ipfs://', 'ipfs://nonsense', `ipfs://${V1.slice(0, -1)}`, `${V0}x`, `ipfs://${V1}/%`]) {
    it(`refuses ${text}`, () => assert.equal(thrown(() => parseAddress(text)).code, 'not-a-link'));
  }

  it('reads or refuses whatever is made of a link, and what it reads is read alike again', () =>
    forSeeds(300, (random) => {
      const text = `ipfs://${V1}/a/b?filename=c`;
      const at = random.between(0, text.length);
      const spoilt =
        text.slice(0, at) +
        random.pick(['/', '%', '..', '?', '#', '\u202e', ' ']) +
        text.slice(at + random.between(0, 3));
      let url: string;
      try {
        url = parseAddress(spoilt).url;
      } catch {
        return;
      }
      assert.equal(parseAddress(url).url, url);
      const { path, name } = ipfsLinkOf(url);
      assert.ok(path.every((part) => part !== ''));
      assert.ok(!/[/\\\u202e]/.test(name) && name !== '..');
    }));
});
