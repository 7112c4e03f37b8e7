import { byName, count, list, object, orNull, type Static, text, time, truth, whole } from './schema.ts';

const ended = object('Ended attempts.', {
  done: count('Attempts that ended well.'),
  failed: count('Attempts that failed.'),
  bytes: count('Bytes of the done ones.'),
});

const rse = object('A storage.', {
  rse: text('Its name.'),
  site: orNull(text('RSE attribute `site`.'), 'RSE attribute `site`; null when it has none.'),
  rse_type: text('DISK or TAPE.'),
  source: text('Who tells `used`: `storage`, or `rucio` when only the catalogue knows.'),
  used: count('Bytes used.'),
  free: orNull(whole('Bytes free.'), 'Bytes free; null: unknown.'),
  files: count('Replicas of the catalogue.'),
  bytes: count('Their bytes.'),
  availability_read: truth('Whether it is open for reading.'),
  availability_write: truth('Whether it is open for writing.'),
  availability_delete: truth('Whether it is open for deletion.'),
  closed_itself: orNull(
    text('Why it closed itself, for people.'),
    'Why it closed itself, in a sentence for people, until somebody opens it again; null: it did not.',
  ),
});

const link = object('A pair of storages.', {
  source: text('RSE that copies come from.'),
  destination: text('RSE that copies go to.'),
  active: count('Handed to the transfer service and not ended.'),
  last_15m: ended,
  last_1h: ended,
});

/** Answer of `GET /lake/status`. Times are ISO 8601 in UTC, sizes bytes. */
export const lakeStatus = object('How the whole lake is now.', {
  as_of: time('When the figures were taken.'),
  rses: list(rse, 'Every storage.'),
  transfers: object('What waits and moves.', {
    queued: count('Waiting for their turn.'),
    queued_bytes: count('Their bytes.'),
    submitted: count('Handed to the transfer service.'),
    submitted_bytes: count('Their bytes.'),
    waiting: list(
      object('What waits for the same reason.', {
        reason: text('Reason code.'),
        files: count('Files that wait.'),
        bytes: count('Their bytes.'),
      }),
      'Waiting for something else than their turn.',
    ),
  }),
  links: list(link, 'Links with anything moving, or ended in the last hour.'),
  throughput: list(
    object('An interval of 10 s.', {
      at: time('Its start.'),
      done: count('Attempts that ended well.'),
      failed: count('Attempts that failed.'),
      bytes: count('Bytes of the done ones.'),
    }),
    'Ended attempts of the last 15 minutes, oldest first; empty intervals are left out.',
  ),
  daemons: list(
    object('A daemon.', {
      name: text('Its name.'),
      alive: truth('Whether it has beaten in the last two minutes.'),
      beat_at: orNull(time('Its last beat.')),
    }),
    'The daemons that have beaten in the last day.',
  ),
  backlog: byName(count('Rows.'), 'Rows that wait for each daemon, counted up to 100,000.'),
});

export type LakeStatus = Static<typeof lakeStatus>;
export type LakeStatusRse = Static<typeof rse>;
export type LakeStatusLink = Static<typeof link>;
export type LakeStatusCount = Static<typeof ended>;
