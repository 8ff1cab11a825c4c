/** Every id that package.json and the code share. A test compares the two, so neither can drift. */

export const COMMANDS = {
  downloadFile: 'tributary.downloadFile',
  downloadToFolder: 'tributary.downloadToFolder',
  pause: 'tributary.pause',
  resume: 'tributary.resume',
  cancel: 'tributary.cancel',
  retry: 'tributary.retry',
  remove: 'tributary.remove',
  /** Takes the selected downloads off the list: unfinished ones are cancelled, others removed. For the Delete key. */
  discard: 'tributary.discard',
  openFile: 'tributary.openFile',
  revealFile: 'tributary.revealFile',
  copyLink: 'tributary.copyLink',
  copySha256: 'tributary.copySha256',
  addMirror: 'tributary.addMirror',
  replaceLink: 'tributary.replaceLink',
  limitDownload: 'tributary.limitDownload',
  moveUp: 'tributary.moveUp',
  moveDown: 'tributary.moveDown',
  pauseAll: 'tributary.pauseAll',
  resumeAll: 'tributary.resumeAll',
  clearCompleted: 'tributary.clearCompleted',
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
} as const;

export const VIEW_CONTAINER = 'tributary';

export const VIEWS = {
  downloads: 'tributary.downloads',
} as const;

export const PANEL_TYPE = 'tributary.panel';

/** What `when` clauses in package.json ask for. */
export const CONTEXT_KEYS = {
  hasRunning: 'tributary.hasRunning',
  hasPaused: 'tributary.hasPaused',
  hasCompleted: 'tributary.hasCompleted',
} as const;

/** `contextValue` of tree items: this and the task's state, as in `download.active`; or `expired`, for a link that is. */
export const ITEM_CONTEXT_PREFIX = 'download.';
