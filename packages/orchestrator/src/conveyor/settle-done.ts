import type { Transaction } from '@leman/foundation';
import { settleLocks } from '../locks/settle-locks.ts';
import type { EndedRequest } from './claim-ended.ts';
import { requeueFed } from './requeue-requests.ts';

export interface Settled {
  /** Channels to wake after commit. */
  wake: string[];
}

/**
 * Settles copies that arrived: the replicas become available, are no longer declared bad and count in their datasets, the requests go, locks and
 * rules turn OK, and requests that waited for a source of these files are due. A copy whose replica is gone meanwhile
 * only loses its request. Set-based; the caller holds requests and replicas.
 */
export const settleDone = async (
  tx: Transaction,
  done: readonly Pick<EndedRequest, 'id' | 'did_id' | 'dest_rse_id'>[],
  now: Date,
): Promise<Settled> => {
  if (done.length === 0) return { wake: [] };
  const arrived = await tx<{ did_id: number; rse_id: string }[]>`
    with e as (
      select * from unnest(${done.map((r) => r.did_id)}::bigint[], ${done.map((r) => r.dest_rse_id)}::uuid[]) as e (did_id, rse_id)
    ),
    held as materialized (select r.did_id, r.rse_id, r.state from e join replicas r using (did_id, rse_id)),
    made as (
      update replicas r set state = 'A', updated_at = ${now}, reason = null, reason_facts = null, reason_since = null
      from held h
      where r.did_id = h.did_id and r.rse_id = h.rse_id and h.state in ('C', 'U')
      returning r.did_id, r.rse_id, r.bytes
    ),
    recovered as (
      update bad_replicas b set state = 'R', updated_at = ${now}
      from made m join dids d on d.id = m.did_id
      where b.rse_id = m.rse_id and b.scope = d.scope and b.name = d.name and b.state = 'B'
    ),
    gone as (delete from requests where id = any(${done.map((r) => r.id)}::uuid[])),
    counted as (
      insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
      select c.parent_id, m.rse_id, 0, 0, count(*), sum(m.bytes)
      from made m join contents c on c.child_id = m.did_id
      group by c.parent_id, m.rse_id
    )
    select did_id, rse_id from made union all select did_id, rse_id from held where state = 'A'`;
  const { wake } = await settleLocks(
    tx,
    arrived.map((copy) => ({ ...copy, state: 'O' as const })),
    now,
  );
  const fed = await requeueFed(
    tx,
    arrived.map((copy) => copy.did_id),
    now,
  );
  return { wake: fed > 0 ? [...wake, 'conveyor-submitter'] : wake };
};
