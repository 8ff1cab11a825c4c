import assert from 'node:assert/strict';
import { createHash, randomInt, randomUUID } from 'node:crypto';
import { Content } from '../support/content.ts';
import { startHubProcess } from '../support/hub/hubProcess.ts';
import { type HubTalk, joinHub, receiveFrom, sendTo } from '../support/hub/hubTalk.ts';
import type { HubLine } from '../support/hub/pythonHubClient.ts';
import { useScope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { SeededRandom } from '../unit/engine/seededRandom.ts';

const CLIENTS = 20;
const FILES = 50;
/** Of each file, while others are uploaded. */
const DOWNLOADS = 3;

describe('a share hub with many clients', () => {
  const scope = useScope();

  it('20 clients put and get 50 files at the same time: everyone hears of every file once, every byte is right', async () => {
    const seed = randomInt(1_000_000);
    console.log(`      seed ${seed}`);
    const random = new SeededRandom(seed);
    const hub = await startHubProcess(scope, tempFolder(scope));
    const clients: HubTalk[] = [];
    const join = async (): Promise<void> => {
      clients.push(await joinHub(scope, hub.port, `client ${clients.length}`));
    };
    // Half of them come while the files do.
    for (let n = 0; n < CLIENTS / 2; n++) await join();
    const contents = new Map<string, Content>();
    const downloads: Promise<void>[] = [];

    const get = async (client: HubTalk, fid: string): Promise<void> => {
      const content = contents.get(fid);
      if (content === undefined) throw new Error(`nobody has offered ${fid}`);
      const offset = random.between(0, content.sizeBytes);
      const length = content.sizeBytes - offset;
      const from = client.lines.length;
      client.say({ type: 'FILE_REQUEST', fid, offset, length });
      const port = await waitFor('a port', () =>
        client.lines
          .slice(from)
          .find((line) => line.type === 'FILE_DOWNLOAD_PORT' && line.fid === fid && line.offset === offset),
      );
      const bytes = await receiveFrom(scope, Number(port.port));
      assert.ok(bytes.equals(content.slice(offset, offset + length)), `${fid} from ${offset}`);
    };

    const put = async (n: number): Promise<void> => {
      const client = clients[n % clients.length] as HubTalk;
      const content = new Content(n === 0 ? 0 : random.between(1, 800_000), n + 1);
      const fid = randomUUID();
      contents.set(fid, content);
      client.say({ type: 'FILE_OFFER', fid, filename: 'same name.bin', size: content.sizeBytes });
      const about = (type: string) =>
        waitFor(`${type} of ${n}`, () => client.lines.find((line) => line.type === type && line.fid === fid));
      const { port } = await about('FILE_UPLOAD_PORT');
      await sendTo(scope, Number(port), content.slice(0, content.sizeBytes));
      await about('FILE_AVAILABLE');
      const first = random.between(0, clients.length - 1);
      for (let k = 0; k < DOWNLOADS; k++) downloads.push(get(clients[(first + k) % clients.length] as HubTalk, fid));
    };

    const uploads: Promise<void>[] = [];
    for (let n = 0; n < FILES; n++) {
      if (n > FILES / 2 && clients.length < CLIENTS) await join();
      uploads.push(put(n));
    }
    while (clients.length < CLIENTS) await join();
    await Promise.all(uploads);
    await Promise.all(downloads);
    assert.equal(downloads.length, FILES * DOWNLOADS);

    for (const [n, client] of clients.entries()) {
      const heard = await waitFor(`client ${n} to hear of all files`, () => {
        const files = filesHeard(client.lines);
        return files.length >= FILES && files;
      });
      assert.deepEqual(heard.map(({ fid }) => String(fid)).sort(), [...contents.keys()].sort(), `client ${n}`);
      for (const { fid, size, sha256 } of heard)
        assert.deepEqual([size, sha256], [contents.get(String(fid))?.sizeBytes, contents.get(String(fid))?.sha256]);
      assert.deepEqual(
        client.lines.filter(({ type }) => type === 'ERROR'),
        [],
      );
    }
    const uids = clients.map(({ lines }) => lines.find(({ type }) => type === 'WELCOME')?.uid);
    assert.equal(new Set(uids).size, CLIENTS);
  });

  it('hundreds of files: no line has more than 64 KiB, and nobody hears of a file twice', async () => {
    const hub = await startHubProcess(scope, tempFolder(scope));
    const first = await joinHub(scope, hub.port, 'first');
    const count = 300;
    const fids = Array.from({ length: count }, () => randomUUID());
    for (const fid of fids) first.say({ type: 'FILE_OFFER', fid, filename: `${'n'.repeat(200)}.txt`, size: 1 });
    const sent = new Set<string>();
    await waitFor('all to be there', async () => {
      for (const { type, fid, port } of first.lines) {
        if (type !== 'FILE_UPLOAD_PORT' || sent.has(String(fid))) continue;
        sent.add(String(fid));
        await sendTo(scope, Number(port), Buffer.from('1'));
      }
      return filesHeard(first.lines).length === count;
    });
    const late = await joinHub(scope, hub.port, 'late');
    const longest: number[] = [];
    late.socket.on('data', (text) => {
      for (const line of String(text).split('\n')) longest.push(line.length);
    });
    const heard = await waitFor('all in the welcome', () => {
      const files = filesHeard(late.lines);
      return files.length >= count && files;
    });
    assert.deepEqual(heard.map(({ fid }) => String(fid)).sort(), [...fids].sort());
    late.say({ type: 'FILE_LIST' });
    await waitFor('the list', () => {
      const listed = late.lines.filter(({ type }) => type === 'FILE_LIST').flatMap(({ files }) => files as HubLine[]);
      return listed.length === count && new Set(listed.map(({ fid }) => fid)).size === count;
    });
    for (const line of late.lines) assert.ok(Buffer.byteLength(JSON.stringify(line)) < 64 * 1024);
    assert.equal(createHash('sha256').update('1').digest('hex'), heard[0]?.sha256);
  });
});

/** By WELCOME and FILE_AVAILABLE. */
function filesHeard(lines: readonly HubLine[]): HubLine[] {
  return lines.flatMap((line) =>
    line.type === 'WELCOME' ? (line.files as HubLine[]) : line.type === 'FILE_AVAILABLE' ? [line] : [],
  );
}
