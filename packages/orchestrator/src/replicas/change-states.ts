import { fail, nameOf, replicaStates } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { type DidExtensions, didExtensions } from '../dids/extensions.ts';
import { lockFilesByName } from '../dids/lock-files.ts';
import type { Lake } from '../lake.ts';
import { rseDirectory } from '../rses/rse-directory.ts';

type SettleLocks = NonNullable<DidExtensions['settleLocks']>;

export interface StateChange {
  scope: string;
  name: string;
  rse_id: string;
  state: 'A' | 'U' | 'C' | 'B' | 'D' | 'T';
}

interface Seen {
  position: number;
  did_id: number | null;
  changed: boolean;
}

/**
 * Changes the states of replicas, with the counters of the datasets that hold the files; locks follow when copies
 * arrive (A), are lost (U) or bad (D: the judge-repairer has them made anew from good ones), and what waits to be transferred there is canceled when they arrive. One statement and the settling of locks; all or nothing. BEING_DELETED only takes
 * copies that no rule wants and no transfer reads; TEMPORARY_UNAVAILABLE only those that are available.
 * @returns channels to wake after commit
 * @param options.uploads take only the end of an upload: what was on its way, and not by a transfer, is available now
 * @throws ReplicaNotFound 404, UnsupportedOperation 409
 */
export const changeStates = async (
  tx: Transaction,
  lake: Lake,
  changes: readonly StateChange[],
  { uploads = false }: { uploads?: boolean } = {},
): Promise<string[]> => {
  if (changes.length === 0) return [];
  const now = new Date(lake.clock.now());
  await lockFilesByName(tx, changes, 'copies');
  const seen = await tx<Seen[]>`
    with asked as materialized (
      select a.*, d.id as did_id
      from unnest(${changes.map((change) => change.scope)}::text[], ${changes.map((change) => change.name)}::text[],
                  ${changes.map((change) => change.rse_id)}::text[]::uuid[], ${changes.map((change) => change.state)}::text[])
             with ordinality as a (scope, name, rse_id, state, position)
      left join dids d on d.scope = a.scope and d.name = a.name
    ), present as materialized (
      select r.did_id, r.rse_id, r.state as before, r.bytes, asked.state as after, asked.position, r.lock_cnt
      from asked join replicas r on r.did_id = asked.did_id and r.rse_id = asked.rse_id
      order by r.did_id, r.rse_id for update of r
    ), allowed as (
      select * from present
      where case after
        when 'B' then lock_cnt = 0 and not exists (
          select from requests q where q.did_id = present.did_id and q.source_rse_id = present.rse_id and q.state in ('G', 'S'))
        when 'T' then before in ('A', 'T')
        else true end
        and (not ${uploads}::boolean or (after = 'A' and before in ('A', 'C') and not exists (
          select from requests q where q.did_id = present.did_id and q.dest_rse_id = present.rse_id)))
    ), changed as (
      update replicas r set state = a.after, updated_at = ${now}::timestamptz,
        tombstone = case when a.after = 'B' then 'epoch'::timestamptz else r.tombstone end
      from allowed a where r.did_id = a.did_id and r.rse_id = a.rse_id
      returning r.did_id, r.rse_id
    ), held as (
      insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
      select c.parent_id, a.rse_id, 0, 0, sum(case when a.after = 'A' then 1 else -1 end),
             sum(case when a.after = 'A' then a.bytes else -a.bytes end)
      from allowed a join contents c on c.child_id = a.did_id
      where (a.before = 'A') <> (a.after = 'A')
      group by c.parent_id, a.rse_id
    ), back as (
      update dids set availability = 'A' from allowed a
      where dids.id = a.did_id and a.after = 'A' and dids.availability <> 'A'
    ), stopped as (
      -- what is not on its way yet would be written over the copy; what is on its way ends as a copy that arrived
      update requests q set state = 'U', reason = 'CANCELED', reason_facts = '{"who": "the arrival of the copy"}',
        reason_since = ${now}::timestamptz, next_attempt_at = ${now}::timestamptz, updated_at = ${now}::timestamptz
      from allowed a
      where a.after = 'A' and q.did_id = a.did_id and q.dest_rse_id = a.rse_id and q.state in ('Q', 'W', 'P', 'N', 'O')
    ), recovered as (
      update bad_replicas b set state = 'R', updated_at = ${now}::timestamptz
      from asked where asked.state = 'A' and b.state in ('B', 'T') and b.rse_id = asked.rse_id and b.scope = asked.scope and b.name = asked.name
    )
    select asked.position::int - 1 as position, present.did_id, changed.did_id is not null as changed
    from asked
    left join present on present.position = asked.position
    left join changed on changed.did_id = present.did_id and changed.rse_id = present.rse_id
    order by asked.position`;
  for (const row of seen) {
    const { scope, name, state } = changes[row.position]!;
    if (row.did_id === null)
      throw fail('ReplicaNotFound', `No replica of ${scope}:${name} is registered there.`);
    if (!row.changed) {
      throw fail(
        'UnsupportedOperation',
        `State ${nameOf(replicaStates, state)} for replica ${scope}:${name} cannot be set: it is locked, in use, or not available.`,
      );
    }
  }
  const directory = await rseDirectory(lake);
  const settled = seen.flatMap((row): Parameters<SettleLocks>[1][number][] => {
    const { state, rse_id } = changes[row.position]!;
    if (state === 'A') return [{ did_id: row.did_id!, rse_id, state: 'O' }];
    if (state === 'U') return [{ did_id: row.did_id!, rse_id, state: 'S' }];
    if (state !== 'D') return [];
    const facts = { source: directory.byId.get(rse_id)?.rse ?? rse_id, detail: 'the copy was declared bad' };
    return [{ did_id: row.did_id!, rse_id, state: 'S', reason: 'SOURCE_CORRUPT', facts }];
  });
  const wake = settled.length > 0 ? await didExtensions(lake).settleLocks?.(tx, settled) : undefined;
  // What waits for a copy to read from may go.
  const fed = changes.some((change) => change.state === 'A')
    ? ['conveyor-preparer', 'conveyor-canceler']
    : [];
  return [...(wake ?? []), ...fed];
};
