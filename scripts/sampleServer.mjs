import { Content } from '../test/support/content.ts';
import { startHttpServer } from '../test/support/servers/httpServer.ts';
import { serveFile } from '../test/support/servers/serveFile.ts';

const SIZE_BYTES = 200_000_000;
const BYTES_PER_SECOND_AND_CONNECTION = 2_000_000;

/**
 * A real server with one file that exists only as arithmetic, slow enough to watch it arrive.
 * @returns {Promise<{ link: string, sha256: string }>}
 */
export async function startSampleServer(scope) {
  const content = new Content(SIZE_BYTES);
  const body = () => ({ bytesPerSecond: BYTES_PER_SECOND_AND_CONNECTION });
  const server = await startHttpServer(scope, { '/sample-200MB.bin': serveFile({ content, body }) });
  return { link: `${server.origin}/sample-200MB.bin`, sha256: content.sha256 };
}
