import type { PanelStrings } from '../../contract/panelApi.ts';
import { stateLabel } from '../taskText.ts';
import type { Translate } from '../translate.ts';

/** The texts of the panel's page, which cannot ask the editor for translations itself. */
export function panelStrings(t: Translate): PanelStrings {
  return {
    title: t('Downloads'),
    add: t('Download File'),
    pauseAll: t('Pause All'),
    resumeAll: t('Resume All'),
    clearCompleted: t('Clear Completed'),
    emptyTitle: t('Nothing is being downloaded'),
    emptyHint: t(
      'Paste a link, and the file arrives in your workspace. Downloads go on when the window is reloaded or closed.',
    ),
    list: t('Downloads'),
    progress: t('Progress of {name}'),
    amount: t('{received} of {size}'),
    timeLeft: t('{time} left'),
    oneConnection: t('1 connection'),
    connections: t('{count} connections'),
    verified: t('checksum matches'),
    limit: t('limited to {rate}'),
    sources: t('Sources'),
    furtherSources: t('and {count} more'),
    announcement: t('{name}: {state}'),
    announcementCount: t('{count} downloads changed'),
    states: {
      active: stateLabel('active', t),
      queued: stateLabel('queued', t),
      paused: stateLabel('paused', t),
      failed: stateLabel('failed', t),
      completed: stateLabel('completed', t),
    },
    counts: {
      active: t('{count} active'),
      queued: t('{count} queued'),
      paused: t('{count} paused'),
      failed: t('{count} failed'),
      completed: t('{count} completed'),
    },
    waiting: t('Waiting to try again'),
    phases: { connecting: t('Connecting…'), verifying: t('Verifying…'), finishing: t('Finishing…') },
    actions: {
      pause: t('Pause'),
      resume: t('Resume'),
      retry: t('Retry'),
      cancel: t('Cancel'),
      remove: t('Remove from List'),
      openFile: t('Open File'),
      revealFile: t('Reveal File'),
      copyLink: t('Copy Link'),
      copySha256: t('Copy SHA-256'),
      replaceLink: t('Replace Link…'),
      moveUp: t('Move Up'),
      moveDown: t('Move Down'),
    },
  };
}
