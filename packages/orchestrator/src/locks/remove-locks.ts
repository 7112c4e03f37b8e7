import type { Transaction } from '@leman/foundation';

/** What removing needs to know of a rule. */
export interface RemovingRule {
  id: string;
  account: string;
  purge_replicas: boolean;
}

export interface Removed {
  /** Locks that went, by the state they had: to be subtracted with countLocks. */
  ok: number;
  replicating: number;
  stuck: number;
  /** Requests that nobody wants any more, now in state U with reason CANCELED. */
  cancelled: number;
}

/**
 * Takes the locks of a rule off copies, one statement whatever their number. A copy that no rule wants any more gets
 * a tombstone: now plus the RSE's tombstone_delay (seconds), or the epoch when the rule purges or when the copy was
 * never completed; its request is cancelled (conveyor carries that out). Usage of the account goes down.
 *
 * @param which copies by (did_id, rse_id), at most a few thousand; those the rule has not locked are ignored.
 */
export const removeLocks = async (
  tx: Transaction,
  rule: RemovingRule,
  which: readonly { did_id: number; rse_id: string }[],
  now: Date,
): Promise<Removed> => {
  if (which.length === 0) return { ok: 0, replicating: 0, stuck: 0, cancelled: 0 };
  const epoch = new Date(0);
  const [removed] = await tx<[Removed]>`
    with doomed as materialized (
      select l.did_id, l.rse_id
      from unnest(${which.map((w) => w.did_id)}::bigint[], ${which.map((w) => w.rse_id)}::uuid[]) as w (did_id, rse_id)
      join locks l on l.rule_id = ${rule.id} and l.did_id = w.did_id and l.rse_id = w.rse_id
    ),
    -- replicas before locks, in the order everybody keeps to
    held as materialized (
      select r.did_id, r.rse_id from replicas r join doomed using (did_id, rse_id)
      order by r.did_id, r.rse_id for no key update of r
    ),
    gone as (
      delete from locks l using doomed d
      where l.rule_id = ${rule.id} and l.did_id = d.did_id and l.rse_id = d.rse_id and (select count(*) from held) >= 0
      returning l.did_id, l.rse_id, l.bytes, l.state
    ),
    freed as (
      update replicas r set
        lock_cnt = r.lock_cnt - 1,
        state = case when r.lock_cnt = 1 and r.state = 'C' then 'U' else r.state end,
        tombstone = case when r.lock_cnt > 1 then r.tombstone
                         when ${rule.purge_replicas} or r.state in ('C', 'U') then ${epoch}
                         else ${now}::timestamptz + make_interval(secs => coalesce(a.value::double precision, 0)) end,
        updated_at = ${now}
      from gone g left join rse_attributes a
        on a.rse_id = g.rse_id and a.key = 'tombstone_delay' and a.value ~ '^[0-9]{1,10}$'
      where r.did_id = g.did_id and r.rse_id = g.rse_id
      returning r.did_id, r.rse_id, r.lock_cnt
    ),
    cancelled as (
      update requests q set state = 'U', reason = 'CANCELED', reason_facts = '{"who": "the end of its rule"}',
        reason_since = ${now}, next_attempt_at = ${now}, updated_at = ${now}
      from freed f
      where f.lock_cnt = 0 and q.did_id = f.did_id and q.dest_rse_id = f.rse_id and q.state <> 'U'
      returning 1
    ),
    usage as (
      insert into account_usage_deltas (account, rse_id, files, bytes)
      select ${rule.account}, rse_id, -count(*), -sum(bytes) from gone group by rse_id
    )
    select count(*) filter (where state = 'O') as ok, count(*) filter (where state = 'R') as replicating,
      count(*) filter (where state = 'S') as stuck, (select count(*) from cancelled) as cancelled
    from gone`;
  return removed;
};
