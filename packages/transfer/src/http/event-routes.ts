import { Readable } from 'node:stream';
import { readEvents } from '../events/read-events.ts';
import { requireAdmin } from './authenticate.ts';
import { badRequest } from './fts-error.ts';
import { query } from './read-body.ts';
import type { AddRoutes } from './service.ts';

const PAGE = 500;
const HEARTBEAT_MS = 5_000;

/**
 * `GET /events?after=SEQ`: outcomes and state changes as server-sent events, from any number still kept, without gaps
 * or repetitions; without a number from now on (or after `Last-Event-ID`). A comment every 5 s shows the line is alive.
 */
export const eventRoutes: AddRoutes = (server, { sql, events, authenticate }) => {
  server.get('/events', async (request, reply) => {
    requireAdmin(await authenticate(request));
    const asked = query(request, 'after') ?? (request.headers['last-event-id'] as string | undefined);
    if (asked !== undefined && !/^\d{1,15}$/.test(asked))
      throw badRequest('after must be the number of an event.');
    let after = asked === undefined ? events.lastSeq() : Number(asked);
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    const lines = async function* () {
      yield ': open\n\n';
      while (!left.signal.aborted) {
        const rows = events.lastSeq() > after ? await readEvents(sql, after, PAGE) : [];
        if (rows.length) {
          yield rows.map((row) => `id: ${row.seq}\nevent: ${row.kind}\ndata: ${row.payload}\n\n`).join('');
          after = rows.at(-1)!.seq;
          continue;
        }
        // A number beyond the last one (of another database) waits for what comes after it.
        const before = events.lastSeq();
        await events.wait(Math.max(after, before), HEARTBEAT_MS, left.signal);
        if (events.lastSeq() === before && !left.signal.aborted) yield ': alive\n\n';
      }
    };
    return reply
      .code(200)
      .header('content-type', 'text/event-stream')
      .header('x-accel-buffering', 'no')
      .send(Readable.from(lines(), { objectMode: false }));
  });
};
