import { anything, byName, count, list, object, orNull, type Static, text, time } from './schema.ts';

const transferLink = object('A pair of storages, told apart by host and port.', {
  source_se: text('Storage that copies come from, `scheme://host:port`.'),
  dest_se: text('Storage that copies go to.'),
  active: count('Copies that run.'),
  queued: count('Files that wait.'),
  limit: count('Copies that may run at the same time.'),
  done_15m: count('Attempts that ended well in the last 15 minutes.'),
  failed_15m: count('Attempts that failed in the last 15 minutes.'),
  bytes_15m: count('Bytes of the done ones.'),
  bytes_per_second: count('Their average over the 15 minutes.'),
  closed: orNull(
    object('Why the link takes no copies now.', {
      reason_code: text('Reason code.'),
      facts: byName(anything('A fact.'), 'What was known at the decision.'),
      explanation: text('The reason as a sentence.'),
      since: time('Since when.'),
      next_try: orNull(
        time('When one file is tried.'),
        'When one file is tried; null when an operator must open it.',
      ),
    }),
    'Why the link takes no copies now; null when it takes them.',
  ),
});

/** Answer of `GET /links` of the transfer service. */
export const transferLinks = list(transferLink, 'Every link that has had files since the service started.');

export type TransferLink = Static<typeof transferLink>;
