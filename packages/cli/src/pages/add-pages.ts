import { fileURLToPath } from 'node:url';
import type { HttpServer } from '@leman/foundation';
import type { Lake } from '@leman/orchestrator';
import { downloadDataset } from './download-dataset.ts';
import { downloadFile } from './download-file.ts';
import { oldLinks } from './old-links.ts';
import { serveAssets } from './serve-assets.ts';
import { session } from './session.ts';
import { uploadFile } from './upload-file.ts';

const built = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/**
 * Adds the pages and the browser's gateway to the orchestrator's server. Pass it as `extend` to `startOrchestrator`.
 * @param root folder of the built pages
 */
export const addPages = async (server: HttpServer, lake: Lake, root: string = built): Promise<void> => {
  session(server, lake);
  oldLinks(server);
  serveAssets(server, root);
  downloadFile(server, lake);
  downloadDataset(server, lake);
  // A scope of its own: everywhere else bodies are gathered before the route runs, here they stream.
  await server.register(async (streaming) => {
    streaming.removeAllContentTypeParsers();
    streaming.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    uploadFile(streaming as unknown as HttpServer, lake);
  });
};
