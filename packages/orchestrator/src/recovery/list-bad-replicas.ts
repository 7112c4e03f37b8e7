import { badFileStates, nameOf } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';

export interface BadReplicaQuery {
  state: string | undefined;
  rse: Rse | undefined;
  youngerThan: Date | undefined;
  olderThan: Date | undefined;
  limit: number | undefined;
}

const MOST = 100_000;

/** What was said against copies, newest first. */
export const listBadReplicas = async (sql: Queryable, directory: RseDirectory, query: BadReplicaQuery) => {
  const rows = await sql<
    { scope: string; name: string; rse_id: string; state: string; created_at: Date; updated_at: Date }[]
  >`
    select scope, name, rse_id, state, created_at, updated_at from bad_replicas
    where (${query.state ?? null}::text is null or state = ${query.state ?? null})
      and (${query.rse?.id ?? null}::text is null or rse_id = ${query.rse?.id ?? null}::text::uuid)
      and (${query.youngerThan ?? null}::timestamptz is null or created_at >= ${query.youngerThan ?? null})
      and (${query.olderThan ?? null}::timestamptz is null or created_at < ${query.olderThan ?? null})
    order by created_at desc, id desc limit ${Math.min(query.limit ?? MOST, MOST)}`;
  return rows.map((row) => ({
    ...row,
    rse: directory.byId.get(row.rse_id)?.rse ?? null,
    state: nameOf(badFileStates, row.state),
  }));
};

/** Incidents: how many copies per day, RSE, reason and state. */
export const summarizeBadReplicas = async (
  sql: Queryable,
  directory: RseDirectory,
  rses: readonly Rse[],
  from: Date | undefined,
  to: Date | undefined,
) => {
  const rows = await sql<
    { rse_id: string; day: Date; reason: string | null; states: Record<string, number> }[]
  >`
    select rse_id, day, reason, json_object_agg(state, n) as states
    from (
      select rse_id, date_trunc('day', created_at) as day, reason, state, count(*) as n from bad_replicas
      where rse_id = any(${rses.map((rse) => rse.id)}::text[]::uuid[])
        and (${from ?? null}::timestamptz is null or created_at > ${from ?? null})
        and (${to ?? null}::timestamptz is null or created_at < ${to ?? null})
      group by 1, 2, 3, 4
    ) counted
    group by rse_id, day, reason order by day, rse_id`;
  return rows.map(({ rse_id, day, reason, states }) => ({
    ...Object.fromEntries(Object.entries(states).map(([state, n]) => [nameOf(badFileStates, state), n])),
    rse_id,
    rse: directory.byId.get(rse_id)?.rse ?? null,
    created_at: day,
    reason,
  }));
};

/** Available copies that were called suspicious more than so often since a date, and not bad since. */
export const listSuspiciousReplicas = async (
  sql: Queryable,
  directory: RseDirectory,
  rses: readonly Rse[],
  youngerThan: Date,
  attempts: number,
) => {
  const rows = await sql<{ scope: string; name: string; rse_id: string; cnt: number; created_at: Date }[]>`
    select b.scope, b.name, b.rse_id, count(*) as cnt, min(b.created_at) as created_at
    from bad_replicas b
    join dids d on d.scope = b.scope and d.name = b.name
    join replicas r on r.did_id = d.id and r.rse_id = b.rse_id and r.state = 'A'
    where b.state = 'S' and b.created_at > ${youngerThan} and b.rse_id = any(${rses.map((rse) => rse.id)}::text[]::uuid[])
      and not exists (select from bad_replicas o where o.scope = b.scope and o.name = b.name and o.rse_id = b.rse_id
                        and o.state in ('B', 'D', 'L') and o.created_at > ${youngerThan})
    group by b.scope, b.name, b.rse_id having count(*) > ${attempts}
    order by b.scope, b.name limit ${MOST}`;
  return rows.map((row) => ({ ...row, rse: directory.byId.get(row.rse_id)?.rse ?? null }));
};
