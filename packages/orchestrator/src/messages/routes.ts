import { FieldError, fail } from '@leman/contracts';
import type { HttpServer } from '@leman/foundation';
import { authenticate } from '../accounts/authenticate.ts';
import type { Lake } from '../lake.ts';
import { createEventTail } from './event-tail.ts';
import { streamEvents } from './stream-events.ts';

const MOST_TYPES = 100;

const readAfter = (text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined;
  const after = Number(text);
  if (!/^\d{1,15}$/.test(text) || !Number.isSafeInteger(after)) {
    throw fail(
      'ValueError',
      'after must be the number of an event. Leave it out to start from now, or give 0 for all.',
    );
  }
  return after;
};

/** `GET /events?after=ID&types=a,b`: what happens in the lake, as server-sent events; resumes by Last-Event-ID. */
export const routes = (server: HttpServer, lake: Lake): void => {
  const tail = createEventTail(lake);
  server.get<{ Querystring: { after?: string; types?: string } }>('/events', async (request, reply) => {
    const lastSeen = request.headers['last-event-id'];
    const after = readAfter(typeof lastSeen === 'string' ? lastSeen : request.query.after);
    const types = request.query.types ? String(request.query.types).split(',') : undefined;
    if (types && types.length > MOST_TYPES)
      throw fail('ValueError', `types may name at most ${MOST_TYPES} types.`);
    const token = String(request.headers['x-rucio-auth-token']);
    const mayWatch = () =>
      authenticate(lake, token, request.caller.ip).then(
        () => true,
        (error: unknown) => {
          if (error instanceof FieldError) return false;
          throw error;
        },
      );
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    await streamEvents(lake, tail, reply.raw, {
      after,
      types: types && new Set(types),
      mayWatch,
    }).catch((error: unknown) => {
      lake.log.warn({ err: error }, 'an event stream broke');
      reply.raw.destroy();
    });
  });
};
