import type { Sql } from '@leman/foundation';

/**
 * Stuck rules that were last looked at before what they wait for changed are due now, whatever their back-off: a lock at
 * an RSE that was changed and is open for writing, no RSE to place copies at, or no room for the account. One statement.
 */
export const hastenRules = async (sql: Sql, now: Date): Promise<void> => {
  await sql`
    update rules r set next_attempt_at = ${now}
    where r.state = 'S' and r.next_attempt_at > ${now} and (
      exists (select from locks l join rses e on e.id = l.rse_id
              where l.rule_id = r.id and l.state = 'S' and e.availability_write and e.updated_at > r.updated_at)
      or (r.reason in ('DESTINATION_CLOSED', 'INSUFFICIENT_TARGETS')
          and exists (select from rses e where e.availability_write and e.updated_at > r.updated_at))
      or (r.reason = 'INSUFFICIENT_QUOTA' and (
        exists (select from account_limits a where a.account = r.account and a.updated_at > r.updated_at)
        or exists (select from account_global_limits a where a.account = r.account and a.updated_at > r.updated_at))))`;
};
