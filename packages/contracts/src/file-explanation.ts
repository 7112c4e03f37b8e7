import { anything, byName, count, list, object, orNull, type Static, text } from './schema.ts';

const facts = orNull(byName(anything('A fact.'), 'What was known at the decision.'));

const attempt = object('A start of the copy.', {
  attempt: count('Its number, from 1.'),
  state: text('How it is or ended, for example FINISHED.'),
  source_surl: text('Address it read from.'),
  mode: orNull(text('How the bytes went: pull, push, or stream (through the service).')),
  started_at: text('ISO 8601 in UTC, without zone.'),
  ended_at: orNull(
    text('ISO 8601 in UTC, without zone.'),
    'ISO 8601 in UTC, without zone; null while it runs.',
  ),
  bytes: orNull(count('Bytes moved.')),
  reason_code: orNull(text('Reason code.')),
  facts,
  reason: orNull(text('Its error in full.')),
});

/** Answer of `GET /why/{fileId}` of the transfer service. */
export const fileExplanation = object('Why a file is where it is.', {
  file_id: count('Number of the file.'),
  job_id: text('Id of its job.'),
  file_state: text('State of FTS, for example SUBMITTED.'),
  reason_code: orNull(text('Reason code.')),
  reason_facts: facts,
  explanation: orNull(text('The reason as a sentence.')),
  waiting_since: orNull(
    text('ISO 8601 in UTC, without zone.'),
    'ISO 8601 in UTC, without zone; null unless it waits.',
  ),
  attempts: list(attempt, 'Every attempt, the first one first.'),
});

export type FileExplanation = Static<typeof fileExplanation>;
