import type { FastifyReply, HttpServer } from '@leman/foundation';
import { sendJsonStream, sendText } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import type { Pfn } from './doors.ts';
import { listReplicas } from './list-replicas.ts';
import { listingFromQuery } from './list-request.ts';
import { replicasAsMetalink } from './write-replicas.ts';

type Named = { Params: { scope: string; name: string } };

const none = (reply: FastifyReply, why: string) => sendText(reply, `no redirection possible - ${why}`, 404);

/** /redirect: sends anybody to a copy of a file; the URLs are not signed, since nobody is logged in. */
export const redirectRoutes = (server: HttpServer, lake: Lake): void => {
  server.get<Named>('/redirect/:scope/:name/metalink', { config: { open: true } }, async (request, reply) => {
    const listing = listingFromQuery(lake, request, { schemes: ['http', 'https', 'root', 'davs'] });
    const batches = listReplicas(lake, listing);
    const first = await batches.next();
    if (first.done || first.value.length === 0) return none(reply, 'cannot find the DID');
    const all = async function* () {
      yield first.value;
      yield* batches;
    };
    return await sendJsonStream(reply, replicasAsMetalink(all(), { detailed: false }), {
      raw: true,
      contentType: 'application/metalink4+xml',
    });
  });
  server.get<Named>('/redirect/:scope/:name', { config: { open: true } }, async (request, reply) => {
    const listing = listingFromQuery(lake, request, { schemes: ['davs', 'https', 's3'], sort: 'random' });
    const { rse, site } = request.query as { rse?: string; site?: string };
    const path = request.originalUrl.split('?')[0]!.replace(/\/$/, '');
    const follow = `${path}/metalink?schemes=${listing.schemes!.map(encodeURIComponent).join(',')}&select=${listing.sort}`;
    reply.header('link', `<${follow}>; rel=describedby; type="application/metalink+xml"`);
    const directory = await rseDirectory(lake);
    const fits = (pfn: Pfn): boolean =>
      rse !== undefined
        ? pfn.rse.rse === rse
        : site === undefined || directory.byId.get(pfn.rse.id)?.attributes.get('site') === site;
    for await (const files of listReplicas(lake, listing)) {
      for (const file of files) {
        if (file.pfns.length === 0) continue;
        const chosen = file.pfns.find(fits);
        if (!chosen) return none(reply, 'no valid RSE for HTTP redirection found');
        return await reply
          .code(303)
          .header('location', chosen.pfn.replace(/^(davs|s3):/, 'https:'))
          .send('');
      }
    }
    return none(reply, 'file does not exist');
  });
};
