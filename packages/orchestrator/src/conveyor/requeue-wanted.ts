import type { Transaction } from '@leman/foundation';

/**
 * Queues those of the canceled requests anew whose copy a rule wants again by now. The replicas are held first, in a
 * statement of its own: who places locks meanwhile waits, and then finds either the queued request or none.
 */
export const requeueWanted = async (tx: Transaction, ids: readonly string[], now: Date): Promise<void> => {
  await tx`
    select from requests q join replicas r on r.did_id = q.did_id and r.rse_id = q.dest_rse_id
    where q.id = any(${[...ids]}::uuid[]) order by r.did_id, r.rse_id for no key update of r`;
  await tx`
    update requests q set state = 'Q', reason = 'QUEUED', reason_facts = null, reason_since = ${now}, err_msg = null,
      external_id = null, external_host = null, retry_count = 0, next_attempt_at = ${now}, updated_at = ${now}
    from replicas r
    where q.id = any(${[...ids]}::uuid[]) and q.state = 'U' and r.did_id = q.did_id and r.rse_id = q.dest_rse_id
      and r.lock_cnt > 0 and r.state = 'C'`;
};
