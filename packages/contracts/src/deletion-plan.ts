import { count, list, object, oneOf, orNull, type Static, text, time, truth, whole } from './schema.ts';

/** Answer of `GET /reaper/plan?rse=NAME`. */
export const deletionPlan = object(
  'What the reaper would delete at a storage now. It looks at the 10,000 copies with the oldest tombstones.',
  {
    rse: text('The storage.'),
    mode: oneOf(
      ['greedy', 'watermark', 'obsolete'],
      'greedy: everything whose tombstone has come; watermark: that, until `needed` bytes are freed; obsolete: only what nobody may want again.',
    ),
    closed: truth('Whether the storage is closed for deletion: then nothing is deleted.'),
    explanation: orNull(text('Why it is closed, as a sentence.')),
    min_free_space: orNull(whole('Limit MinFreeSpace, bytes.')),
    free: orNull(whole('Bytes free.'), 'Bytes free; null: unknown.'),
    free_from: orNull(text('Who tells `free`.')),
    needed: count('Bytes to free.'),
    files: count('Copies that would be deleted.'),
    bytes: count('Their bytes.'),
    kept: list(
      object('Copies kept for the same reason.', {
        reason: text('Reason code.'),
        files: count('Copies.'),
        bytes: count('Their bytes.'),
      }),
      'What is kept, and why.',
    ),
    first: list(
      object('A copy that would be deleted.', {
        scope: text('Scope of the file.'),
        name: text('Name of the file.'),
        bytes: count('Its size.'),
        tombstone: time('Since when nobody wants it.'),
      }),
      'The first 20 that would go.',
    ),
  },
);

export type DeletionPlan = Static<typeof deletionPlan>;
