import { type DeletionPlan, sayReason } from '@leman/contracts';
import type { Sql } from '@leman/foundation';
import { listBreakers } from '../rses/list-breakers.ts';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';
import { deletionTargets } from './deletion-targets.ts';
import { judgeDeletable } from './judge-deletable.ts';

const LOOKED_AT = 10_000;
const EXAMPLES = 20;

type Verdict = Pick<DeletionPlan, 'files' | 'bytes'> & {
  kept: DeletionPlan['kept'] | null;
  first: DeletionPlan['first'] | null;
};

/**
 * What the reaper would delete at a storage now, and what it keeps and why, by the same verdict it acts on. Looks at the
 * 10,000 copies with the oldest tombstones. Changes nothing.
 */
export const deletionPlan = async (
  sql: Sql,
  directory: RseDirectory,
  rse: Rse,
  now: Date,
): Promise<DeletionPlan> => {
  const breaker = (await listBreakers(sql)).find((one) => one.rse_id === rse.id);
  const [target] = await deletionTargets(sql, directory, [rse]);
  const { mode, needed, free, freeFrom } = target!;
  const [verdict] = await sql<Verdict[]>`
    with judged as materialized (${judgeDeletable(sql, target!, { now, limit: LOOKED_AT, lock: false })}),
    going as (select * from judged where chosen),
    staying as (
      select case keep when 'CANCELED' then 'TRANSFERRING' else keep end as reason, count(*) as files, sum(bytes)::bigint as bytes
      from judged where keep is not null group by 1
    )
    select (select count(*) from going) as files, (select coalesce(sum(bytes), 0)::bigint from going) as bytes,
      (select json_agg(staying) from staying) as kept,
      (select json_agg(f) from (
        select d.scope, d.name, g.bytes, g.tombstone from going g join dids d on d.id = g.did_id
        order by g.tombstone, g.did_id limit ${EXAMPLES}) f) as first`;
  return {
    rse: rse.rse,
    mode,
    closed: !rse.availability_delete,
    explanation: rse.availability_delete
      ? null
      : sayReason(breaker?.reason ?? 'DELETION_CLOSED', { rse: rse.rse, ...breaker?.facts }),
    min_free_space: rse.limits.get('MinFreeSpace') ?? null,
    free,
    free_from: freeFrom,
    needed,
    files: verdict!.files,
    bytes: verdict!.bytes,
    kept: verdict!.kept ?? [],
    first: verdict!.first ?? [],
  };
};
