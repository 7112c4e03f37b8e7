/**
 * Reason codes: why a lock, request, transfer or deletion is where it is. Stored with the facts at the moment of
 * the decision, read by `explain`. `say` is a sentence for people with {facts} filled in; `retry` tells whether
 * Leman tries again by itself.
 */
export const reasons = {
  QUEUED: { say: 'Waits for its turn in the transfer queue.', retry: true },
  BEING_DELETED: {
    say: 'The copy that was there is being deleted. It is made anew after that, within two minutes.',
    retry: true,
  },
  AWAITING_UPLOAD: {
    say: 'No copy was asked for: whoever registered the file has not finished its upload.',
    retry: false,
  },
  SUBMITTED: { say: 'Handed to the transfer service {host} as job {job}.', retry: true },
  TRANSFERRING: { say: 'Is being copied from {source}.', retry: true },
  NO_SOURCES: { say: 'No available copy to read from: {detail}', retry: true },
  NO_ROUTE: { say: 'No protocol that both {source} and {destination} speak.', retry: true },
  SOURCE_UNAVAILABLE: { say: 'Every source is closed for reading: {detail}', retry: true },
  SOURCE_MISSING: { say: 'The file is not at {source} although the catalogue has it.', retry: true },
  SOURCE_CORRUPT: { say: 'The bytes at {source} do not match the catalogue: {detail}', retry: false },
  SOURCE_DENIED: { say: '{source} refused to hand out the file: {detail}', retry: true },
  SOURCE_DOWN: { say: '{source} does not answer: {detail}', retry: true },
  DESTINATION_FULL: { say: '{destination} is full: {detail}', retry: true },
  DESTINATION_DENIED: { say: '{destination} refused the file: {detail}', retry: true },
  DESTINATION_DOWN: { say: '{destination} does not answer: {detail}', retry: true },
  DESTINATION_CLOSED: { say: '{destination} is closed for writing.', retry: true },
  DESTINATION_EXISTS: { say: 'Another file is already at {destination}: {detail}', retry: false },
  CHECKSUM_MISMATCH: { say: 'The copy at {destination} does not match the catalogue: {detail}', retry: true },
  SIZE_MISMATCH: { say: 'The copy at {destination} has the wrong size: {detail}', retry: true },
  TIMEOUT: { say: 'No byte moved for {seconds} s.', retry: true },
  TRANSFER_FAILED: { say: 'The copy failed: {detail}', retry: true },
  TRANSFER_LOST: { say: 'The transfer service no longer knows the job.', retry: true },
  SUBMISSION_FAILED: { say: 'The transfer service did not take the job: {detail}', retry: true },
  CANCELED: { say: 'Canceled by {who}.', retry: false },
  RETRIES_EXHAUSTED: { say: 'Gave up after {attempts} attempts: {detail}', retry: true },
  INSUFFICIENT_QUOTA: { say: 'Account {account} has no room left: {detail}', retry: true },
  INSUFFICIENT_TARGETS: { say: 'Not enough storages for {copies} copies: {detail}', retry: true },
  INJECTION_DELAYED: { say: 'Starts at {at}, as asked.', retry: true },
  INJECTING: { say: 'The rule is being laid out file by file.', retry: true },
  WAITING_APPROVAL: { say: 'Waits for somebody to approve it.', retry: false },
  SUSPENDED: { say: 'Suspended by {who}.', retry: false },
  REPLICA_LOCKED: { say: 'Kept: {locks} rules still want it.', retry: false },
  LAST_COPY: { say: 'Kept: it is the last good copy.', retry: false },
  SOURCE_IN_USE: { say: 'Kept: it is the source of a running transfer.', retry: true },
  DELETION_FAILED: { say: 'Deleting it at {rse} failed: {detail}', retry: true },
  MASS_BAD: {
    say: '{rse} closed itself for writing and deletion: {bad} of its {files} copies were declared bad within a day, more than {share} %.',
    retry: false,
  },
  MASS_DELETION: {
    say: '{rse} closed itself for deletion: {due} of its {files} copies are to be deleted, more than {share} %.',
    retry: false,
  },
  DELETION_CLOSED: { say: '{rse} is closed for deletion.', retry: true },
} as const satisfies Record<string, { say: string; retry: boolean }>;

export type ReasonCode = keyof typeof reasons;

const moving = new Set<string>(['SUBMITTED', 'TRANSFERRING'] satisfies ReasonCode[]);
const calm = new Set<string>([
  'QUEUED',
  'INJECTING',
  'INJECTION_DELAYED',
  'WAITING_APPROVAL',
  'SUSPENDED',
] satisfies ReasonCode[]);

/** Whether what has this reason moves, waits as it should, or is held up by something that went wrong. */
export const paceOf = (code: string): 'moving' | 'calm' | 'held up' =>
  moving.has(code) ? 'moving' : calm.has(code) ? 'calm' : 'held up';
export type Facts = Record<string, string | number | boolean | null>;

/** The sentence of a reason with its facts filled in; a missing fact shows as "?". */
export const sayReason = (code: ReasonCode | string, facts: Facts | null | undefined): string => {
  const reason = (reasons as Record<string, { say: string }>)[code];
  if (!reason) return code;
  return reason.say.replace(/\{(\w+)\}/g, (_, key: string) => String(facts?.[key] ?? '?'));
};
