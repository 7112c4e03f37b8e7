import type { Facts } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { completeEvent, type Endpoint, stateEvent } from '../events/build-event.ts';
import { activateNext } from '../jobs/activate-next.ts';
import { recomputeJobs } from '../jobs/recompute-jobs.ts';
import { reasonText } from './decide.ts';
import type { Outcome } from './outcome.ts';
import type { QueueEntry } from './queues.ts';
import { type Settlement, settleFiles } from './settle-files.ts';

const MIB = 1024 * 1024;

/** `dst_file` in the file's metadata: what lies at the destination, as clients of the field compare it. */
const withDstFile = (metadata: unknown, found: { size: number; checksum: string | undefined }): unknown => ({
  ...(typeof metadata === 'object' && metadata !== null ? metadata : {}),
  dst_file: {
    file_size: found.size,
    checksum_type: found.checksum && found.checksum.length === 32 ? 'MD5' : 'ADLER32',
    checksum_value: found.checksum ?? null,
    file_on_tape: false,
    file_on_disk: true,
  },
});

const settlementOf = ({ file, result, endedAt, retryIn }: Outcome): Settlement => {
  const duration = Math.max(0, (endedAt - file.startedAt.getTime()) / 1000);
  const common = {
    file_id: file.fileId,
    attempt: file.attempt,
    ended_at: new Date(endedAt).toISOString(),
    tx_duration: duration,
    mode: file.mode ?? null,
  };
  if (result.ok) {
    return {
      ...common,
      file_state: 'FINISHED',
      attempt_state: 'FINISHED',
      retry_at: null,
      filesize: result.size,
      transferred: result.alreadyThere ? 0 : result.size,
      throughput: result.alreadyThere || duration === 0 ? null : result.size / MIB / duration,
      recoverable: null,
      already_there: result.alreadyThere,
      reason: null,
      reason_code: null,
      reason_facts: null,
      file_metadata: null,
    };
  }
  const canceled = result.error.class === 'canceled';
  const facts: Facts = {
    source: file.sourceSe,
    destination: file.destSe,
    attempts: file.attempt,
    ...result.error.facts,
  };
  if (result.error.code === 'TIMEOUT') facts.seconds ??= Math.round(duration);
  return {
    ...common,
    file_state: canceled ? 'CANCELED' : retryIn === undefined ? 'FAILED' : 'SUBMITTED',
    attempt_state: canceled ? 'CANCELED' : 'FAILED',
    retry_at: retryIn === undefined ? null : new Date(endedAt + retryIn).toISOString(),
    filesize: null,
    transferred: file.bytes,
    throughput: null,
    recoverable: result.error.retryable,
    already_there: false,
    reason: reasonText(result.error),
    reason_code: result.error.code,
    reason_facts: facts,
    file_metadata: result.found && file.dstFileReport ? withDstFile(file.fileMetadata, result.found) : null,
  };
};

/** Writes outcomes, their jobs' states and what starts because of them; gives the events that tell of it. */
export const settleOutcomes = async (
  tx: Transaction,
  outcomes: Outcome[],
  now: Date,
  endpoint: Endpoint,
): Promise<{ events: Record<string, unknown>[]; next: QueueEntry[] }> => {
  const settlements = outcomes.map(settlementOf);
  const changed = await settleFiles(tx, settlements);
  const counted = outcomes
    .map((outcome, at) => ({ ...outcome, settlement: settlements[at]! }))
    .filter(({ file }) => changed.has(file.fileId));
  const ended = counted.filter(({ settlement }) => settlement.file_state !== 'SUBMITTED');
  const followed = ended.filter(
    ({ file, settlement }) =>
      (file.jobType === 'R' && settlement.file_state === 'FAILED') ||
      (file.jobType === 'H' && settlement.file_state === 'FINISHED'),
  );
  const next = followed.length
    ? await activateNext(tx, [...new Set(followed.map(({ file }) => file.jobId))], now)
    : [];
  const states = ended.length
    ? await recomputeJobs(tx, [...new Set(ended.map(({ file }) => file.jobId))], now)
    : new Map<string, string>();
  const events = counted.map(({ file, result, settlement, endedAt }) => {
    const jobState = states.get(file.jobId) ?? 'ACTIVE';
    // An alternative that failed is no outcome yet: the next source is tried.
    const goesOn = settlement.file_state === 'SUBMITTED' || (file.jobType === 'R' && jobState === 'ACTIVE');
    return goesOn
      ? stateEvent(file, settlement.file_state, endedAt, settlement, endpoint)
      : completeEvent(file, settlement, result.ok ? undefined : result.error, jobState, endpoint);
  });
  return { events, next };
};
