import { count, list, object, orNull, type Static, text, time } from './schema.ts';

const amount = object('Copies of files, and their bytes.', {
  files: count('Copies.'),
  bytes: count('Their bytes.'),
});

export const missingCopy = object(
  'A copy that is not there yet, with all that is stored about it.',
  {
    scope: text('Scope of the file.'),
    name: text('Name of the file.'),
    rse: orNull(text('RSE where it should be.')),
    bytes: orNull(count('Size of the file.')),
    source: orNull(text('RSE it is copied from.'), 'RSE it is copied from; null before one is chosen.'),
    since: orNull(time('Since when the reason holds.')),
    attempts: count('Attempts so far.'),
    last_errors: list(
      object('A failed attempt.', {
        at: time('When it ended.'),
        source: orNull(text('RSE it read from.')),
        error: text('Its error in full.'),
      }),
      'Errors of the last attempts, newest first.',
    ),
  },
  { say: text('The reason as a sentence.') },
);

const cause = object('A reason that keeps copies.', {
  reason: text('Reason code.'),
  say: text('The reason as a sentence, facts filled in.'),
  since: orNull(time('The first time.')),
  files: count('Copies it keeps.'),
  bytes: count('Their bytes.'),
  destination: orNull(
    text('RSE where the copies should be.'),
    'RSE where the copies should be; null when the cause is of the whole rule.',
  ),
  examples: list(missingCopy, 'Up to three of them.'),
});

/** Answer of `GET /rules/{id}/explain`. Times are ISO 8601 in UTC, sizes bytes. */
export const ruleExplanation = object(
  'Why a rule is where it is.',
  {
    rule: text('Id of the rule.'),
    scope: text('Scope of its DID.'),
    name: text('Name of its DID.'),
    rse_expression: text('Where the copies should be.'),
    copies: count('How many copies.'),
    state: text('State by name, for example REPLICATING.'),
    summary: text('One sentence for people.'),
    progress: object('Copies by the state of their locks.', {
      files: count('All copies.'),
      bytes: count('Their bytes.'),
      ok: amount,
      replicating: amount,
      stuck: amount,
    }),
    causes: list(
      cause,
      'What keeps the missing copies, the whole rule first, then biggest first. Empty when nothing is missing.',
    ),
  },
  {
    expected_end: object(
      'When the rest will be there. Left out when there is no measured rate to tell from.',
      {
        at: time('The expected end.'),
        from: text('What was measured, as a sentence.'),
      },
    ),
  },
);

/** Answer of `GET /rules/{id}/explain/files`. */
export const missingCopies = object('A page of at most 200 missing copies of a rule.', {
  files: list(missingCopy, 'The copies, in the order of their files.'),
  after: orNull(text('Leads to the next page.'), 'Leads to the next page; null at the end.'),
});

export type RuleExplanation = Static<typeof ruleExplanation>;
export type RuleExplanationCount = Static<typeof amount>;
export type RuleExplanationCause = Static<typeof cause>;
export type RuleExplanationFile = Static<typeof missingCopy>;
export type MissingCopiesPage = Static<typeof missingCopies>;
