import type { Sql } from '@leman/foundation';
import { emit } from '../messages/emit.ts';
import type { Assignment } from './build-jobs.ts';
import { transferPayload } from './transfer-payload.ts';

export interface Handover {
  assignments: readonly Assignment[];
  jobId: string;
  host: string;
  transfertool: 'fts3' | 'mock';
}

const parts = (handovers: readonly Handover[]) => {
  const flat = handovers.flatMap((h) => h.assignments.map((assignment) => ({ ...assignment, ...h })));
  return {
    flat,
    ids: flat.map((one) => one.request.id),
    jobs: flat.map((one) => one.jobId),
  };
};

/**
 * Notes, before the jobs are handed over, what goes where and under which job id: whatever happens next, the job can be
 * asked for. With `submitted` it also counts as handed over (mock). One statement.
 * @returns ids of the requests that are still ours; others' claims have ended and they must not be handed over.
 */
export const markPrepared = async (
  sql: Sql,
  handovers: readonly Handover[],
  now: Date,
  submitted = false,
): Promise<Set<string>> => {
  const { flat, ids, jobs } = parts(handovers);
  if (flat.length === 0) return new Set();
  const facts = flat.map((one) =>
    JSON.stringify({
      host: one.host,
      job: one.jobId,
      source: one.source.rse,
      destination: one.destination.rse,
    }),
  );
  const rows = await sql<{ id: string }[]>`
    with e as (
      select * from unnest(
        ${ids}::uuid[], ${jobs}::text[], ${flat.map((one) => one.host)}::text[], ${flat.map((one) => one.transfertool)}::text[],
        ${flat.map((one) => one.source.id)}::uuid[], ${flat.map((one) => one.sourceUrl)}::text[],
        ${flat.map((one) => one.destinationUrl)}::text[], ${facts}::text[], ${flat.map((one) => one.newPath)}::text[]
      ) as e (id, job, host, tool, source, source_url, dest_url, facts, new_path)
    ),
    prepared as (
      update requests q set external_id = e.job, external_host = e.host, transfertool = e.tool, source_rse_id = e.source,
        source_url = e.source_url, dest_url = e.dest_url, reason = 'SUBMITTED', reason_facts = e.facts::jsonb,
        reason_since = ${now}, submitted_at = ${now}, started_at = null, transferred_at = null,
        state = case when ${submitted} then 'S' else q.state end, last_processed_at = ${now}, updated_at = ${now}
      from e where q.id = e.id and q.state = 'G' and q.external_id is null
      returning q.id, q.did_id, q.dest_rse_id, e.new_path
    ),
    placed as (
      update replicas r set path = p.new_path from prepared p
      where p.new_path is not null and r.did_id = p.did_id and r.rse_id = p.dest_rse_id
    )
    select id from prepared`;
  return new Set(rows.map((row) => row.id));
};

/** Notes that jobs were taken. An outcome that was quicker than this is left as it is. */
export const markSubmitted = async (sql: Sql, handovers: readonly Handover[], now: Date): Promise<void> => {
  const { flat, ids, jobs } = parts(handovers);
  if (flat.length === 0) return;
  await sql.begin(async (tx) => {
    await tx`
      update requests q set state = 'S', last_processed_at = ${now}, updated_at = ${now}
      from unnest(${ids}::uuid[], ${jobs}::text[]) as e (id, job)
      where q.id = e.id and q.external_id = e.job and q.state = 'G'`;
    await announceSubmitted(tx, handovers, now);
  });
};

/** Events transfer-submitted. */
export const announceSubmitted = async (
  sql: Parameters<typeof emit>[0],
  handovers: readonly Handover[],
  now: Date,
): Promise<void> => {
  await emit(
    sql,
    parts(handovers).flat.map((one) => ({
      type: 'transfer-submitted',
      payload: transferPayload({
        id: one.request.id,
        scope: one.request.scope,
        name: one.request.name,
        bytes: one.request.bytes,
        adler32: one.request.adler32,
        md5: one.request.md5,
        activity: one.request.activity,
        account: null,
        source_rse: one.source.rse,
        dest_rse: one.destination.rse,
        source_url: one.sourceUrl,
        dest_url: one.destinationUrl,
        external_host: one.host,
        external_id: one.jobId,
        submitted_at: now,
        started_at: null,
        transferred_at: null,
        created_at: null,
        reason: null,
      }),
    })),
  );
};
