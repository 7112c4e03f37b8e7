import { sayReason } from '@leman/contracts';
import type { StorageError } from '@leman/protocols';
import type { ActiveFile } from '../scheduler/active-file.ts';
import { errnoOf } from '../scheduler/decide.ts';
import type { Settlement } from '../scheduler/settle-files.ts';
import { wireName } from '../storage-name.ts';

export interface Endpoint {
  /** URL of this service, as messages name it. */
  url: string;
}

const hostOf = (se: string) => wireName(se).slice(se.indexOf('://') + 3);
const schemeOf = (se: string) => se.slice(0, se.indexOf('://'));
const phases = {
  connect: 'TRANSFER_PREPARATION',
  prepare: 'TRANSFER_PREPARATION',
  copy: 'TRANSFER',
  verify: 'TRANSFER_FINALIZATION',
  clean: 'TRANSFER_FINALIZATION',
} as const;
const scopes = { source: 'SOURCE', destination: 'DESTINATION', transfer: 'TRANSFER' } as const;

/** Last part is the job id, which is what receivers cut out. */
const transferId = (file: ActiveFile) =>
  `${file.startedAt.toISOString().slice(0, 16).replace(/[T:]/g, '-')}__${hostOf(file.sourceSe)}__${hostOf(file.destSe)}__${file.fileId}__${file.jobId}`;

/** Fields of FTS's `complete` message (reference fts3.md 2.5), plus what Leman adds: kind, reason_code, facts. */
export const completeEvent = (
  file: ActiveFile,
  settlement: Settlement,
  error: StorageError | undefined,
  jobState: string,
  endpoint: Endpoint,
): Record<string, unknown> => {
  const started = file.startedAt.getTime();
  const ended = Date.parse(settlement.ended_at);
  return {
    kind: 'complete',
    tr_id: transferId(file),
    job_id: file.jobId,
    file_id: file.fileId,
    attempt: file.attempt,
    endpnt: endpoint.url,
    vo: file.voName,
    src_url: file.source,
    dst_url: file.destination,
    src_hostname: hostOf(file.sourceSe),
    dst_hostname: hostOf(file.destSe),
    src_se: wireName(file.sourceSe),
    dst_se: wireName(file.destSe),
    protocol: schemeOf(file.destSe),
    t_channel: `${wireName(file.sourceSe)}__${wireName(file.destSe)}`,
    timestamp_tr_st: started,
    timestamp_tr_comp: ended,
    tr_timestamp_start: started,
    tr_timestamp_complete: ended,
    transfer_time: ended - started,
    operation_time: ended - started,
    t_error_code: error ? errnoOf(error) : 0,
    tr_error_scope: error ? scopes[error.side] : '',
    t_failure_phase: error ? phases[error.phase] : '',
    tr_error_category: error ? error.class.toUpperCase().replaceAll('-', '_') : '',
    t_final_transfer_state:
      settlement.file_state === 'FINISHED' ? 'Ok' : settlement.file_state === 'CANCELED' ? 'Abort' : 'Error',
    t_final_transfer_state_flag:
      settlement.file_state === 'FINISHED' ? 1 : settlement.file_state === 'CANCELED' ? 2 : 0,
    tr_bt_transfered: settlement.transferred ?? 0,
    f_size: settlement.filesize ?? file.size ?? 0,
    file_size: settlement.filesize ?? file.size ?? 0,
    throughput: settlement.throughput ?? 0,
    t__error_message: (settlement.reason ?? '').slice(0, 1024),
    user_dn: file.userDn,
    file_metadata: settlement.file_metadata ?? file.fileMetadata,
    job_metadata: file.jobMetadata,
    activity: file.activity,
    retry: file.retry,
    retry_max: file.jobRetry,
    job_m_replica: file.jobType === 'R',
    job_multihop: file.jobType === 'H',
    is_archiving: false,
    // Plain jobs say UNKNOWN in the field; receivers skip ACTIVE, which is right for alternatives still being tried.
    job_state: file.jobType === 'R' || file.jobType === 'H' ? jobState : 'UNKNOWN',
    job_state_now: jobState,
    is_recoverable: settlement.recoverable ?? false,
    transfer_type: file.mode ?? '',
    auth_method: 'oauth2',
    scitag: file.scitag ?? 0,
    file_state: settlement.file_state,
    already_there: settlement.already_there,
    reason_code: settlement.reason_code,
    facts: settlement.reason_facts,
    explanation: settlement.reason_code ? sayReason(settlement.reason_code, settlement.reason_facts) : null,
  };
};

/** Fields of FTS's `state` message: the file became ACTIVE, waits for a retry, or gave way to another source. */
export const stateEvent = (
  file: ActiveFile,
  state: string,
  at: number,
  settlement: Settlement | undefined,
  endpoint: Endpoint,
): Record<string, unknown> => ({
  kind: 'state',
  endpnt: endpoint.url,
  user_dn: file.userDn,
  src_url: file.source,
  dst_url: file.destination,
  vo_name: file.voName,
  source_se: wireName(file.sourceSe),
  dest_se: wireName(file.destSe),
  job_id: file.jobId,
  file_id: file.fileId,
  attempt: file.attempt,
  job_state: 'ACTIVE',
  file_state: state,
  retry_counter: file.retry + (state === 'SUBMITTED' ? 1 : 0),
  retry_max: file.jobRetry,
  user_filesize: file.size ?? 0,
  timestamp: at,
  submit_time: file.submitTime.getTime(),
  reason: settlement?.reason ?? '',
  reason_code: settlement?.reason_code ?? 'TRANSFERRING',
  facts: settlement?.reason_facts ?? { source: file.sourceSe },
  retry_at: settlement?.retry_at ?? null,
  job_metadata: file.jobMetadata,
  file_metadata: file.fileMetadata,
});
