import { join } from 'node:path';
import type { LogLine } from '../../src/contract/engineApi.ts';
import type { EngineSettings, NetworkSettings } from '../../src/contract/settings.ts';
import { DEFAULT_NETWORK, DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { HttpTimeouts } from '../../src/engine/net/httpLimits.ts';
import type { HubTimings } from '../../src/engine/net/hubTimings.ts';
import type { Scope } from './scope.ts';
import { tempFolder } from './tempFolder.ts';
import { TestEngine } from './testEngine.ts';
import { withoutProxies } from './withoutProxies.ts';

export interface InProcessEngine extends TestEngine {
  readonly stateFolder: string;
  readonly logLines: readonly LogLine[];
  /** As the engine ends when its process is asked to; also done with the scope. */
  close(): Promise<void>;
}

export interface InProcessEngineOptions {
  /** @default a new temporary folder */
  readonly stateFolder?: string;
  /** Where files land. @default a new temporary folder */
  readonly folder?: string;
  readonly settings?: Partial<EngineSettings>;
  readonly network?: Partial<NetworkSettings>;
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly hubTimings?: Partial<HubTimings>;
  /** @default none: what has failed stays so */
  readonly retryPausesMs?: readonly number[];
}

/** The real engine, without a process and a socket around it. */
export async function startInProcessEngine(
  scope: Scope,
  options: InProcessEngineOptions = {},
): Promise<InProcessEngine> {
  withoutProxies(process.env);
  const stateFolder = options.stateFolder ?? join(tempFolder(scope), 'state');
  const folder = options.folder ?? tempFolder(scope);
  const engine = await Engine.start({
    stateFolder,
    version: '0.0.0-test',
    timeouts: options.timeouts ?? {},
    hubTimings: options.hubTimings ?? {},
    retryPausesMs: options.retryPausesMs ?? [],
  });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= engine.close();
    return closing;
  };
  scope.defer(close);
  const logLines: LogLine[] = [];
  const test = new TestEngine((name, params) => engine.handle(name, params), folder);
  engine.onDidLog((line) => logLines.push(line));
  engine.onDidChange((change) => test.take(change));
  await engine.handle('configure', { ...DEFAULT_SETTINGS, logLevel: 'trace', ...options.settings });
  await engine.handle('network', { ...DEFAULT_NETWORK, ...options.network });
  test.take({ ...(await engine.handle('list', undefined)), removed: [] });
  return Object.assign(test, { stateFolder, logLines, close });
}
