import type { Transaction } from '@leman/foundation';
import { lockFiles } from '../dids/lock-files.ts';

export interface RemovedFiles {
  /** Replicas that are gone. */
  replicas: number;
  /** DIDs that went with their last replica. */
  dids: number;
}

/**
 * Removes rows of replicas whose bytes are gone: replicas, counters of the RSE and of the datasets; files without
 * any replica and without a rule are detached (history), put into deleted_dids and removed. Only replicas without
 * locks go. Set-based: three statements whatever the number. The caller wakes `judge-evaluator` when DIDs went.
 */
export const removeReplicas = async (
  tx: Transaction,
  replicas: readonly { did_id: number; rse_id: string }[],
  now: Date,
): Promise<RemovedFiles> => {
  if (replicas.length === 0) return { replicas: 0, dids: 0 };
  await lockFiles(
    tx,
    replicas.map((replica) => replica.did_id),
    'copies',
  );
  const gone = await tx<{ did_id: number }[]>`
    with asked as materialized (
      select r.did_id, r.rse_id
      from unnest(${replicas.map((replica) => replica.did_id)}::bigint[], ${replicas.map((replica) => replica.rse_id)}::text[]::uuid[]) as a (did_id, rse_id)
      join replicas r on r.did_id = a.did_id and r.rse_id = a.rse_id and r.lock_cnt = 0
      order by r.did_id, r.rse_id for update of r
    ), gone as (
      delete from replicas r using asked
      where r.did_id = asked.did_id and r.rse_id = asked.rse_id
      returning r.did_id, r.rse_id, r.bytes, r.state
    ), counted as (
      insert into rse_counter_deltas (rse_id, files, bytes)
      select rse_id, -count(*), -sum(bytes) from gone group by rse_id
    ), held as (
      insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
      select c.parent_id, gone.rse_id, -count(*), -sum(gone.bytes), -count(*) filter (where gone.state = 'A'),
             -coalesce(sum(gone.bytes) filter (where gone.state = 'A'), 0)
      from gone join contents c on c.child_id = gone.did_id group by c.parent_id, gone.rse_id
    ), recovered as (
      update bad_replicas b set state = 'D', updated_at = ${now}::timestamptz
      from gone join dids d on d.id = gone.did_id
      where b.scope = d.scope and b.name = d.name and b.rse_id = gone.rse_id and b.state = 'B'
    )
    select did_id from gone`;
  if (gone.length === 0) return { replicas: 0, dids: 0 };
  // The rows are locked before it is decided, so that a copy registered meanwhile keeps its file.
  const orphans = await tx<{ id: number }[]>`
    select d.id from dids d
    where d.id = any(${gone.map((row) => row.did_id)}::bigint[]) and d.did_type = 'F' and d.constituent is not true
    order by d.id for update`;
  const removed = await tx<{ id: number }[]>`
    with orphans as materialized (
      select d.* from dids d
      where d.id = any(${orphans.map((row) => row.id)}::bigint[])
        and not exists (select from replicas r where r.did_id = d.id)
        and not exists (select from rules r where r.did_id = d.id)
        and not exists (select from locks l where l.did_id = d.id)
    ), detached as (
      delete from contents c using orphans o where c.child_id = o.id returning c.parent_id, c.child_id, c.created_at
    ), history as (
      insert into contents_history (scope, name, child_scope, child_name, did_type, child_type, bytes, adler32, md5, did_created_at, created_at, deleted_at)
      select p.scope, p.name, o.scope, o.name, p.did_type, o.did_type, o.bytes, o.adler32, o.md5, p.created_at, d.created_at, ${now}::timestamptz
      from detached d join dids p on p.id = d.parent_id join orphans o on o.id = d.child_id
    ), orders as (
      insert into updated_dids (did_id, action, children, next_attempt_at, created_at)
      select parent_id, 'D', array_agg(child_id order by child_id), ${now}::timestamptz, ${now}::timestamptz from detached group by parent_id
    ), shrunk as (
      update dids p set length = p.length - s.files, bytes = p.bytes - s.bytes, updated_at = ${now}::timestamptz
      from (select parent_id, count(*) as files, coalesce(sum(o.bytes), 0) as bytes
            from detached d join orphans o on o.id = d.child_id group by parent_id) s
      where p.id = s.parent_id and p.length is not null
    ), remembered as (
      insert into deleted_dids (scope, name, did_type, record, deleted_at)
      select scope, name, did_type, to_jsonb(orphans) - 'id', ${now}::timestamptz from orphans
      on conflict (scope, name) do update set record = excluded.record, deleted_at = excluded.deleted_at
    )
    delete from dids d using orphans o where d.id = o.id returning d.id`;
  return { replicas: gone.length, dids: removed.length };
};
