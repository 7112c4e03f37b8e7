import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';

/**
 * Marks copies to be deleted now. All or nothing; the caller wakes `reaper` after commit.
 * @throws ReplicaNotFound 404, ReplicaIsLocked 423
 */
export const setTombstones = async (
  tx: Transaction,
  replicas: readonly { scope: string; name: string; rse_id: string }[],
): Promise<void> => {
  const rows = await tx<{ scope: string; name: string; lock_cnt: number | null }[]>`
    with asked as (
      select a.*, d.id as did_id
      from unnest(${replicas.map((replica) => replica.scope)}::text[], ${replicas.map((replica) => replica.name)}::text[],
                  ${replicas.map((replica) => replica.rse_id)}::text[]::uuid[]) as a (scope, name, rse_id)
      left join dids d on d.scope = a.scope and d.name = a.name
    ), present as materialized (
      select r.did_id, r.rse_id, r.lock_cnt from asked join replicas r on r.did_id = asked.did_id and r.rse_id = asked.rse_id
      order by r.did_id, r.rse_id for update of r
    ), marked as (
      update replicas r set tombstone = 'epoch'::timestamptz from present p
      where r.did_id = p.did_id and r.rse_id = p.rse_id and p.lock_cnt = 0
    )
    select asked.scope, asked.name, p.lock_cnt from asked left join present p on p.did_id = asked.did_id and p.rse_id = asked.rse_id`;
  for (const { scope, name, lock_cnt } of rows) {
    if (lock_cnt === null)
      throw fail('ReplicaNotFound', `No replica of ${scope}:${name} is registered there.`);
    if (lock_cnt > 0)
      throw fail(
        'ReplicaIsLocked',
        `Replica ${scope}:${name} is locked by ${lock_cnt} rule locks. Delete the rules first.`,
      );
  }
};
