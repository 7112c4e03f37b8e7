import { count, list, object, type Static, text } from './schema.ts';

const queueGroup = object('Requests that are in the same way.', {
  dest_rse: text('RSE that the copies go to.'),
  activity: text('Activity of the requests.'),
  state: text('State by name, for example QUEUED.'),
  reason: text('Reason code.'),
  files: count('Requests.'),
  bytes: count('Their bytes.'),
  oldest: text('When the oldest was made: a date of the field, for example `Fri, 20 Nov 2026 05:54:06 UTC`.'),
  due: count('Those whose next attempt is due.'),
  example: text('The reason of one of them as a sentence.'),
});

/** Answer of `GET /requests/queue`. */
export const queueGroups = list(queueGroup, 'The largest 1,000 groups, largest first.');

export type QueueGroup = Static<typeof queueGroup>;
