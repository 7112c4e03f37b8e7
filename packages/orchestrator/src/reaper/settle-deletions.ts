import { sayReason } from '@leman/contracts';
import type { Sql } from '@leman/foundation';
import { lockFiles } from '../dids/lock-files.ts';
import { emit } from '../messages/emit.ts';
import { removeReplicas } from '../replicas/remove-replicas.ts';
import type { Rse } from '../rses/rse-directory.ts';
import type { Deletion } from './delete-files.ts';

const FIRST_RETRY_S = 60;
const LAST_RETRY_S = 6 * 3600;

const payload = (rse: Rse, { file, url, duration, facts }: Deletion, reason: string | null) => ({
  scope: file.scope,
  name: file.name,
  rse: rse.rse,
  'file-size': file.bytes,
  bytes: file.bytes,
  url,
  protocol: url.split(':')[0] ?? null,
  duration: Math.round(duration * 1000) / 1000,
  reason: reason ?? facts.detail ?? null,
});

/**
 * Settles deletions in one transaction: the rows of what is gone go too, with their counters, and the free space known of
 * the storage grows until it tells anew; failures keep the reason and wait longer with each attempt. A copy that a rule
 * asked for meanwhile is no longer ours and stays.
 */
export const settleDeletions = async (
  sql: Sql,
  rse: Rse,
  deletions: readonly Deletion[],
  now: Date,
): Promise<{ dids: number }> => {
  const gone = deletions.filter((deletion) => deletion.outcome);
  const failed = deletions.filter((deletion) => !deletion.outcome);
  const source = rse.attributes.get('source_for_used_space') ?? 'storage';
  return await sql.begin(async (tx) => {
    // Files before replicas, as everybody who takes both.
    await lockFiles(
      tx,
      gone.map((deletion) => deletion.file.did_id),
      'copies',
    );
    const ours = await tx<{ did_id: number }[]>`
      select did_id from replicas
      where rse_id = ${rse.id} and did_id = any(${gone.map((d) => d.file.did_id)}::bigint[]) and state = 'B' and lock_cnt = 0
      order by did_id for update`;
    const removed = await removeReplicas(
      tx,
      ours.map(({ did_id }) => ({ did_id, rse_id: rse.id })),
      now,
    );
    const freed = gone.reduce((sum, { outcome, file }) => sum + (outcome === 'deleted' ? file.bytes : 0), 0);
    if (freed > 0) {
      await tx`
        update rse_usage set free = free + least(used, ${freed}::bigint), used = used - least(used, ${freed}::bigint)
        where rse_id = ${rse.id} and source = ${source}`;
    }
    if (failed.length > 0) {
      await tx`
        update replicas r set reason = 'DELETION_FAILED', reason_facts = e.facts::jsonb,
          reason_since = case when r.reason = 'DELETION_FAILED' then r.reason_since else ${now} end,
          deletion_after = ${now}::timestamptz + make_interval(secs =>
            least(${FIRST_RETRY_S}::float8 * power(2, least(r.deletion_attempts - 1, 12)), ${LAST_RETRY_S}::float8) * (0.75 + random() / 2))
        from unnest(${failed.map((d) => d.file.did_id)}::bigint[], ${failed.map((d) => JSON.stringify(d.facts))}::text[]) as e (did_id, facts)
        where r.did_id = e.did_id and r.rse_id = ${rse.id} and r.state = 'B'`;
    }
    await emit(tx, [
      ...gone.map((deletion) => ({
        type: deletion.outcome === 'absent' ? 'deletion-not-found' : 'deletion-done',
        payload: payload(rse, deletion, deletion.outcome === 'absent' ? 'File Not Found' : null),
      })),
      ...failed.map((deletion) => ({
        type: 'deletion-failed',
        payload: payload(rse, deletion, sayReason('DELETION_FAILED', deletion.facts)),
      })),
    ]);
    return { dids: removed.dids };
  });
};
