import type { Lake } from '../lake.ts';

/**
 * Ends the rules of expired DIDs at once; they purge their copies where the DID says so. One statement.
 * @returns how many rules
 */
export const endRulesOfExpired = async (lake: Lake, now: Date, limit: number): Promise<number> => {
  const ended = await lake.sql`
    with due as (
      select d.id, d.purge_replicas from dids d
      where d.expired_at <= ${now}
        and exists (select from rules r where r.did_id = d.id and (r.expires_at is null or r.expires_at > ${now}))
        and not exists (select from rules r where r.did_id = d.id and r.locked)
      order by d.expired_at limit ${limit}
    )
    update rules r set expires_at = ${now}, purge_replicas = due.purge_replicas, child_rule_id = null, updated_at = ${now}
    from due where r.did_id = due.id and (r.expires_at is null or r.expires_at > ${now})`;
  if (ended.count > 0) lake.wakeups.wake('judge-cleaner');
  return ended.count;
};
