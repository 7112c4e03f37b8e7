import type { Sql } from '@leman/foundation';
import { lockFiles } from '../dids/lock-files.ts';
import type { DeletionTarget } from './deletion-targets.ts';
import { giveBack } from './give-back.ts';
import { deletableNow, isWanted, judgeDeletable } from './judge-deletable.ts';

export interface Doomed {
  did_id: number;
  scope: string;
  name: string;
  bytes: number;
  path: string | null;
  deletion_attempts: number;
  /** State before the claim. */
  before: string;
}

/** A claim holds that long; then another reaper may delete again what this one did not get to say. */
const LEASE_S = 600;
const KEPT_S = { SOURCE_IN_USE: 60, CANCELED: 30, LAST_COPY: 600 };

/**
 * Claims copies for deletion at one storage: they turn B and are nobody's source any more. Those that must stay get the
 * reason and are looked at again later. Claims go one after the other through the whole lake (a lock for the length of
 * the transaction), so that two storages never give up the two last copies of a file at once. The files are held before
 * their replicas, so that none is attached while its copy goes.
 */
export const claimDeletable = async (
  sql: Sql,
  target: DeletionTarget,
  limit: number,
  now: Date,
): Promise<Doomed[]> =>
  await sql.begin(async (tx): Promise<Doomed[]> => {
    await tx`select pg_advisory_xact_lock(hashtext('leman-reaper-claim'))`;
    const near = await tx<{ did_id: number }[]>`${deletableNow(tx, target, { now, limit })}`;
    const held = near.map((copy) => copy.did_id);
    if (held.length === 0) return [];
    await lockFiles(tx, held, 'copies');
    return await tx<Doomed[]>`
      with judged as materialized (${judgeDeletable(tx, target, { now, limit, lock: true })}),
      kept as (
        update replicas r set reason = nullif(j.keep, 'CANCELED'), reason_facts = null,
          reason_since = case when r.reason = j.keep then r.reason_since else ${now} end,
          deletion_after = ${now}::timestamptz + make_interval(secs => case j.keep
            when 'SOURCE_IN_USE' then ${KEPT_S.SOURCE_IN_USE}::float8 when 'CANCELED' then ${KEPT_S.CANCELED}::float8 else ${KEPT_S.LAST_COPY}::float8 end)
        from judged j where j.keep is not null and r.did_id = j.did_id and r.rse_id = j.rse_id
      ),
      taken as (
        update replicas r set state = 'B', deletion_attempts = least(r.deletion_attempts + 1, 1000), updated_at = ${now},
          deletion_after = ${now}::timestamptz + make_interval(secs => ${LEASE_S}::float8), reason = null, reason_facts = null, reason_since = null
        from judged j where j.chosen and j.did_id = any(${held}::bigint[]) and r.did_id = j.did_id and r.rse_id = j.rse_id
        returning r.did_id, r.rse_id, r.bytes, r.path, r.deletion_attempts, j.state as before
      ),
      counted as (
        insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
        select c.parent_id, t.rse_id, 0, 0, -count(*), -sum(t.bytes)
        from taken t join contents c on c.child_id = t.did_id
        where t.before = 'A' group by c.parent_id, t.rse_id
      )
      select t.did_id, d.scope, d.name, t.bytes, t.path, t.deletion_attempts, t.before
      from taken t join dids d on d.id = t.did_id`;
  });

/**
 * Looks again, after the claim was committed and before anything is deleted: copies that are asked for by now, or the
 * last ones of files that a rule wants by now, are given back.
 * @returns those that may be deleted
 */
export const confirmDeletable = async (
  sql: Sql,
  rseId: string,
  doomed: readonly Doomed[],
  now: Date,
): Promise<Doomed[]> => {
  const wanted = await sql<{ did_id: number }[]>`
    select did_id from replicas r
    where r.rse_id = ${rseId} and r.did_id = any(${doomed.map((one) => one.did_id)}::bigint[])
      and (r.state <> 'B' or r.lock_cnt > 0 or (
        not exists (select from replicas o where o.did_id = r.did_id and o.rse_id <> r.rse_id and o.state = 'A')
        and ${isWanted(sql, sql`r.did_id`, now)}))`;
  if (wanted.length === 0) return [...doomed];
  const kept = new Set(wanted.map((row) => row.did_id));
  await giveBack(
    sql,
    rseId,
    doomed.filter((one) => kept.has(one.did_id)),
    now,
  );
  return doomed.filter((one) => !kept.has(one.did_id));
};
