import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { archiveRequests } from '../requests/archive-requests.ts';
import { type FtsClient, FtsError, ftsClient } from './fts-client.ts';
import { requeueWanted } from './requeue-wanted.ts';

const POLL_MS = 5_000;
const BATCH = 500;
const AGAIN_MS = 30_000;
/** A service that does not answer for that long is not asked any more: the copy is debris for the reaper. */
const GIVE_UP_MS = 24 * 60 * 60 * 1000;

interface Canceled {
  id: string;
  external_id: string | null;
  external_host: string | null;
  transfertool: string | null;
  reason_since: Date;
  /** Other requests of the same job still want to go on. */
  shared: boolean;
}

const cancelAt = async (client: FtsClient, requests: readonly Canceled[]): Promise<void> => {
  const whole = new Set(requests.filter((request) => !request.shared).map((request) => request.external_id!));
  await client.cancelJobs([...whole]);
  const partly = Map.groupBy(
    requests.filter((request) => request.shared),
    (request) => request.external_id!,
  );
  if (partly.size === 0) return;
  for (const job of await client.states([...partly.keys()])) {
    const wanted = new Set(partly.get(job.job_id)?.map((request) => request.id));
    const files = (job.files ?? []).flatMap((file) =>
      file.file_id !== undefined && wanted.has(file.file_metadata?.request_id?.replaceAll('-', '') ?? '')
        ? [file.file_id]
        : [],
    );
    await client.cancelFiles(job.job_id, files);
  }
};

/**
 * Carries out cancellations (requests in state U): stops them at the transfer service, whole jobs where nothing else is
 * in them, then files the attempt and drops the request, or queues it anew when a rule has asked for the copy again
 * meanwhile: no job is left running beside its successor. What was copied so far is the reaper's.
 */
export const conveyorCanceler = (lake: Lake): DaemonDefinition => ({
  name: 'conveyor-canceler',
  wakeOn: ['conveyor-canceler', 'judge-cleaner'],
  pollMs: POLL_MS,
  async batch({ now }) {
    const { sql } = lake;
    const date = new Date(now);
    const canceled = await sql<Canceled[]>`
      with mine as materialized (
        select id from requests where state = 'U' and next_attempt_at <= ${date}
        order by next_attempt_at limit ${BATCH} for update skip locked
      )
      update requests q set next_attempt_at = ${new Date(now + AGAIN_MS)}
      where id in (select id from mine)
      returning q.id, q.external_id, q.external_host, q.transfertool, q.reason_since, exists (
        select from requests o where o.external_id = q.external_id and o.state in ('G', 'S')) as shared`;
    if (canceled.length === 0) return 0;
    const client = ftsClient(lake);
    const atService = canceled.filter(
      (request) =>
        request.external_id && request.transfertool !== 'mock' && request.external_host === client?.url,
    );
    let ended = canceled.map((request) => request.id);
    if (client && atService.length > 0) {
      try {
        await cancelAt(client, atService);
      } catch (error) {
        if (!(error instanceof FtsError)) throw error;
        lake.log.warn({ err: error.message }, 'transfers could not be canceled yet');
        const waits = new Set(
          atService
            .filter((request) => now - request.reason_since.getTime() < GIVE_UP_MS)
            .map((request) => request.id),
        );
        ended = ended.filter((id) => !waits.has(id));
      }
    }
    await sql.begin(async (tx) => {
      await archiveRequests(tx, ended, date);
      await requeueWanted(tx, ended, date);
      await tx`delete from requests where id = any(${ended}::uuid[]) and state = 'U'`;
    });
    for (const channel of ['reaper', 'conveyor-submitter']) lake.wakeups.wake(channel);
    return ended.length;
  },
});
