import type { Scenario } from '../bench.ts';
import { answersWhileBusy } from './answersWhileBusy.ts';
import { cappedConnections } from './cappedConnections.ts';
import { checksumAsked } from './checksumAsked.ts';
import { classicSeeds } from './classicSeeds.ts';
import { contentAddressed } from './contentAddressed.ts';
import { crawlingTail } from './crawlingTail.ts';
import { fastSeeds } from './fastSeeds.ts';
import { fileGrowth } from './fileGrowth.ts';
import { killAndResume } from './killAndResume.ts';
import { manySmallFiles } from './manySmallFiles.ts';
import { plainFile } from './plainFile.ts';
import { queueGrowth } from './queueGrowth.ts';
import { rateLimit } from './rateLimit.ts';
import { shareHub } from './shareHub.ts';
import { tasksAtOnce } from './tasksAtOnce.ts';
import { tlsFile } from './tlsFile.ts';
import { twoMirrors } from './twoMirrors.ts';

/** In the order in which they run. */
export const ALL_SCENARIOS: readonly Scenario[] = [
  plainFile,
  tlsFile,
  cappedConnections,
  twoMirrors,
  crawlingTail,
  manySmallFiles,
  tasksAtOnce,
  rateLimit,
  killAndResume,
  checksumAsked,
  answersWhileBusy,
  queueGrowth,
  fileGrowth,
  fastSeeds,
  classicSeeds,
  shareHub,
  contentAddressed,
];

/** Scenarios of things that this version does not do. */
export const NOT_YET: ReadonlyMap<number, string> = new Map();
