import { join, resolve } from 'node:path';
import { authorityOf } from '../engine/intake/authority.ts';
import { DEFAULT_HUB_PORT } from '../engine/intake/hubAddress.ts';
import { HubSessions } from '../engine/net/hubSessions.ts';
import { userDataFolder } from '../engine/registry.ts';
import { HubServer } from '../engine/share/hubServer.ts';
import { ownMemberName } from '../engine/share/memberName.ts';
import { EXIT_COMPLETE } from './exitCode.ts';
import type { CommonOptions } from './getPlan.ts';
import { hubFileJson } from './hubJson.ts';
import { hubKey, hubPlace } from './hubPlace.ts';
import { hubTable } from './hubTable.ts';
import { parseHost } from './listenHost.ts';
import { parsePort } from './portList.ts';
import { serveUntilStopped } from './serveUntilStopped.ts';

export interface HubServeOptions extends CommonOptions {
  readonly port?: string;
  readonly host?: string;
  readonly dir?: string;
  readonly key?: string;
}

export interface HubOptions extends CommonOptions {
  readonly hub?: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `tributary hub serve`: until it is told to stop. @throws TributaryError as `HubServer.start`, `bad-option` */
export async function runHubServe(options: HubServeOptions): Promise<number> {
  const { dir } = options;
  const host = parseHost(options.host ?? '127.0.0.1');
  const port = options.port === undefined ? DEFAULT_HUB_PORT : parsePort('--port', options.port);
  const folder = dir === undefined ? join(userDataFolder(process.env, process.platform), 'hub') : resolve(dir);
  let server: HubServer | null = null;
  return serveUntilStopped({
    start: async (within) => {
      server = await HubServer.start({ host, port, folder, key: hubKey(options.key, process.env) }, within);
      const tell = (line: string): void => void process.stderr.write(`tributary: ${line}\n`);
      if (server.trouble !== null) tell(server.trouble);
      server.onDidLog(tell);
      process.stdout.write(`listening on ${authorityOf({ hostname: host, port: server.port })}\n`);
    },
    close: async () => server?.close(),
  });
}

/** `tributary hub list`. */
export async function runHubList(options: HubOptions): Promise<number> {
  const place = hubPlace(options, process.env);
  const sessions = new HubSessions(ownMemberName);
  const lease = sessions.lease(place);
  try {
    const session = await lease.session({ signal: AbortSignal.timeout(30_000) });
    await session.whole({ signal: AbortSignal.timeout(30_000) });
    const { files } = session;
    if (options.json === true) for (const file of files) process.stdout.write(`${hubFileJson(place, file)}\n`);
    else if (files.length > 0) process.stdout.write(`${hubTable(place, files).join('\n')}\n`);
    else process.stderr.write('No files.\n');
    return EXIT_COMPLETE;
  } finally {
    lease.dispose();
    sessions.close();
  }
}
