import type { Transaction } from '@leman/foundation';

/**
 * The end of a rule that has no locks any more: its row goes into the history, and rules that waited for it as their
 * child live on without it.
 */
export const lastOfRule = async (tx: Transaction, id: string, now: Date): Promise<void> => {
  await tx`
    update rules set child_rule_id = null, expires_at = null, updated_at = ${now} where child_rule_id = ${id}`;
  await tx`
    with gone as (delete from rules where id = ${id} returning *)
    insert into rules_history (id, scope, name, did_type, account, copies, rse_expression, activity, state, comments,
      locks_ok_cnt, locks_replicating_cnt, locks_stuck_cnt, error, created_at, updated_at, deleted_at)
    select id, scope, name, did_type, account, copies, rse_expression, activity, state, comments, locks_ok_cnt,
      locks_replicating_cnt, locks_stuck_cnt, error, created_at, updated_at, ${now}
    from gone
    on conflict (id) do nothing`;
};
