import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startBrowser } from '../../support/browser.ts';
import { Content } from '../../support/content.ts';
import { Scope } from '../../support/scope.ts';
import { startHttpServer } from '../../support/servers/httpServer.ts';
import { serveFile } from '../../support/servers/serveFile.ts';
import { sha256OfFile } from '../../support/sha256OfFile.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { Profile } from './profile.ts';
import { openProfile } from './profile.ts';
import { SeedsPane } from './seedsPane.ts';

const NAME = 'imagenet val.tar';
const CONTENT = new Content(40_000_000, 61);

/** Two people with an editor each, who know nothing of one another but an address. The tests build on one another. */
describe('IPFS between two editors', function () {
  this.timeout(120_000);
  const scope = new Scope();
  let giver: Profile;
  let taker: Profile;
  let give: SeedsPane;
  let take: SeedsPane;
  let address: string;
  let broken = false;
  after(() => scope.close());
  afterEach(function () {
    broken ||= this.currentTest?.state === 'failed';
  });
  beforeEach(() => assert.ok(!broken, 'what this test builds on has failed'));

  before(async () => {
    const browser = await startBrowser(scope);
    giver = await openProfile(scope, browser, { files: { [NAME]: CONTENT.slice(0, CONTENT.sizeBytes) } });
    taker = await openProfile(scope, browser);
    give = new SeedsPane(giver.window);
    take = new SeedsPane(taker.window);
  });

  const clipboard = () => giver.window.page.evaluate(() => navigator.clipboard.readText());

  it('shares a file from the Explorer and gives its address', async () => {
    await give.show();
    await give.chooseInExplorer(NAME, 'Share on IPFS');
    await give.row(NAME).filter({ hasText: '40.0 MB' }).waitFor();
    await giver.window.page.getByText('Shared; the address is in the clipboard').first().waitFor();
    address = await clipboard();
    assert.match(address, /^ipfs:\/\/bafy[a-z2-7]+\?filename=imagenet%20val\.tar$/);
    await give.row('IPFS').filter({ hasText: 'private network · no peer' }).waitFor();
    await giver.window.screenshot('ipfs-shared');
  });

  it('gives the address of the node, by which the other editor knows it', async () => {
    await give.chooseFromMenu(give.row('IPFS'), 'Copy IPFS Node Address');
    await giver.window.page.getByText('Address copied').first().waitFor();
    const node = await clipboard();
    assert.match(node, /^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/\w+$/);
    taker.setMachineSettings({ 'tributary.ipfs.peers': [node] });
  });

  it('downloads it in the other editor by its CID', async () => {
    const { window, workspace } = taker;
    await window.showDownloads();
    await window.runCommand('Tributary: Download File');
    await window.quickInput.locator('input.input').fill(address);
    await window.page.keyboard.press('Enter');
    await window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await window.screenshot('ipfs-folder');
    await window.page.keyboard.press('Enter');
    const target = join(workspace, NAME);
    await waitFor('the file', () => existsSync(target), 60_000);
    assert.equal(await sha256OfFile(target), CONTENT.sha256);
    await window.row(NAME).filter({ hasText: '40.0 MB · verified' }).waitFor();
    await take.show();
    await window.screenshot('ipfs-downloaded');
  });

  it('shows the giver who is connected', async () => {
    await give.row('IPFS').filter({ hasText: '1 peer' }).waitFor();
    await give.leave();
    await give.row('Peers').click();
    await give.leave();
    await give.pane.locator('[role="treeitem"]', { hasText: '…' }).first().waitFor();
    await giver.window.screenshot('ipfs-peers');
  });

  it('fetches what a link to a gateway leads to from peers, too', async () => {
    const { window, workspace } = taker;
    const [, cid = ''] = /^ipfs:\/\/(\w+)/.exec(address) ?? [];
    const gateway = await startHttpServer(scope, { [`/ipfs/${cid}`]: serveFile({ content: CONTENT }) });
    await window.runCommand('Tributary: Download File');
    await window.quickInput.locator('input.input').fill(`${gateway.origin}/ipfs/${cid}?filename=other.tar`);
    await window.page.keyboard.press('Enter');
    await window.quickInput.locator('[role="option"]', { hasText: 'From the Gateway and from Peers' }).waitFor();
    await window.screenshot('ipfs-gateway');
    await window.page.keyboard.press('Enter');
    await window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await window.page.keyboard.press('Enter');
    const target = join(workspace, 'other.tar');
    await waitFor('the file', () => existsSync(target), 60_000);
    assert.equal(await sha256OfFile(target), CONTENT.sha256);
  });

  it('stops sharing the file, and then the node', async () => {
    await give.clickRowAction(NAME, 'Stop Sharing');
    await give.row(NAME).waitFor({ state: 'detached' });
    await give.chooseFromMenu(give.row('IPFS'), 'Stop IPFS Node');
    await giver.window.page.getByText('The IPFS node is off', { exact: true }).first().waitFor();
    await give.row('IPFS').waitFor({ state: 'detached' });
    await giver.window.runCommand('Tributary: Stop IPFS Node');
    await giver.window.page.getByText('The IPFS node is off already').first().waitFor();
  });
});
