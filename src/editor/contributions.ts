/** Every id that package.json and the code share. A test compares the two, so neither can drift. */

export const COMMANDS = {
  downloadFile: 'tributary.downloadFile',
  downloadToFolder: 'tributary.downloadToFolder',
  pause: 'tributary.pause',
  resume: 'tributary.resume',
  cancel: 'tributary.cancel',
  retry: 'tributary.retry',
  remove: 'tributary.remove',
  /** Takes the download with the focus off the list, and those selected with it: unfinished ones are cancelled, others removed. For the Delete key. */
  discard: 'tributary.discard',
  openFile: 'tributary.openFile',
  revealFile: 'tributary.revealFile',
  copyLink: 'tributary.copyLink',
  copySha256: 'tributary.copySha256',
  addMirror: 'tributary.addMirror',
  replaceLink: 'tributary.replaceLink',
  changeFolder: 'tributary.changeFolder',
  limitDownload: 'tributary.limitDownload',
  moveUp: 'tributary.moveUp',
  moveDown: 'tributary.moveDown',
  pauseAll: 'tributary.pauseAll',
  resumeAll: 'tributary.resumeAll',
  clearCompleted: 'tributary.clearCompleted',
  refreshSeeds: 'tributary.refreshSeeds',
  downloadFromSeeds: 'tributary.downloadFromSeeds',
  /** Of lines of the Seeds view. */
  downloadSeedFile: 'tributary.downloadSeedFile',
  shareFolder: 'tributary.shareFolder',
  shareFile: 'tributary.shareFile',
  stopSharing: 'tributary.stopSharing',
  copyShareAddress: 'tributary.copyShareAddress',
  /** The link that a browser understands. */
  copyShareLink: 'tributary.copyShareLink',
  setSeedKey: 'tributary.setSeedKey',
  openSeedSettings: 'tributary.openSeedSettings',
  shareOnIpfs: 'tributary.shareOnIpfs',
  copyCid: 'tributary.copyCid',
  copyIpfsNodeAddress: 'tributary.copyIpfsNodeAddress',
  startIpfs: 'tributary.startIpfs',
  stopIpfs: 'tributary.stopIpfs',
  startHub: 'tributary.startHub',
  stopHub: 'tributary.stopHub',
  joinHub: 'tributary.joinHub',
  leaveHub: 'tributary.leaveHub',
  enterHubKey: 'tributary.enterHubKey',
  /** Of a hub that is away: at once instead of after the pause. */
  tryHubAgain: 'tributary.tryHubAgain',
  copyHubAddress: 'tributary.copyHubAddress',
  /** Address and key in one. */
  copyHubInvitation: 'tributary.copyHubInvitation',
  shareToHub: 'tributary.shareToHub',
  downloadFromHub: 'tributary.downloadFromHub',
  openFromHub: 'tributary.openFromHub',
  copyHubLink: 'tributary.copyHubLink',
  removeFromHub: 'tributary.removeFromHub',
  cancelHubUpload: 'tributary.cancelHubUpload',
  retryHubUpload: 'tributary.retryHubUpload',
  showPanel: 'tributary.showPanel',
  showLog: 'tributary.showLog',
} as const;

export const SETTINGS = {
  parallelDownloads: 'tributary.parallelDownloads',
  connectionsPerDownload: 'tributary.connectionsPerDownload',
  downloadFolder: 'tributary.downloadFolder',
  whenFileExists: 'tributary.whenFileExists',
  speedLimit: 'tributary.speedLimit',
  limitsPerHost: 'tributary.limits.perHost',
  connectionsPerHost: 'tributary.limits.connectionsPerHost',
  limitSchedule: 'tributary.limits.schedule',
  findChecksums: 'tributary.findChecksums',
  userAgent: 'tributary.userAgent',
  notifications: 'tributary.notifications',
  showStatusBar: 'tributary.showStatusBar',
  hubName: 'tributary.hub.name',
  hubNotify: 'tributary.hub.notify',
  hubPort: 'tributary.hub.port',
  hubFolder: 'tributary.hub.folder',
  seedPorts: 'tributary.seeds.ports',
  seedNumber: 'tributary.seeds.number',
  seedHost: 'tributary.seeds.host',
  seedLayout: 'tributary.seeds.layout',
  connectionsPerSeed: 'tributary.seeds.connectionsPerSeed',
  uploadLimit: 'tributary.seeds.uploadLimit',
  ipfsNetwork: 'tributary.ipfs.network',
  ipfsBootstrap: 'tributary.ipfs.bootstrap',
  ipfsPeers: 'tributary.ipfs.peers',
  ipfsAllowedPeers: 'tributary.ipfs.allowedPeers',
  ipfsGateways: 'tributary.ipfs.gateways',
  ipfsHost: 'tributary.ipfs.host',
  ipfsPort: 'tributary.ipfs.port',
  ipfsLocalDiscovery: 'tributary.ipfs.localDiscovery',
  ipfsStoreSize: 'tributary.ipfs.storeSize',
  ipfsFirstByteSeconds: 'tributary.ipfs.firstByteSeconds',
} as const;

export const VIEW_CONTAINER = 'tributary';

export const VIEWS = {
  downloads: 'tributary.downloads',
  shareHub: 'tributary.shareHub',
  seeds: 'tributary.seeds',
} as const;

export const PANEL_TYPE = 'tributary.panel';

/** What `when` clauses in package.json ask for. */
export const CONTEXT_KEYS = {
  hasRunning: 'tributary.hasRunning',
  hasPaused: 'tributary.hasPaused',
  hasCompleted: 'tributary.hasCompleted',
  isInHub: 'tributary.isInHub',
  hasOwnHub: 'tributary.hasOwnHub',
  /** The engine has told what there is, or cannot be had: until then nobody knows that a list is empty. */
  engineAsked: 'tributary.engineAsked',
  /** Seeds were looked for in this window. */
  seedsAsked: 'tributary.seedsAsked',
  /** Others can fetch from this user's IPFS node. */
  servesIpfs: 'tributary.servesIpfs',
} as const;

/** `contextValue` of tree items: this and the task's state, as in `download.active`; or `expired`, for a link that is, or `retrying`. */
export const ITEM_CONTEXT_PREFIX = 'download.';
