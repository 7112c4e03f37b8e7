import type { Queryable } from '@leman/foundation';

/** Copies of a dataset at an RSE as the field shows them: bytes and length are the dataset's own. */
export interface DatasetReplica {
  scope: string;
  name: string;
  rse: string;
  rse_id: string;
  bytes: number;
  length: number;
  available_bytes: number;
  available_length: number;
  state: 'AVAILABLE' | 'UNAVAILABLE';
  created_at: Date;
  updated_at: Date;
  accessed_at: Date | null;
}

const PAGE = 500;

/**
 * The copies of datasets at RSEs. With `deep` they are counted from the replicas of the files, also below
 * containers; else they are the running counters.
 */
export const listDatasetReplicas = async (
  sql: Queryable,
  dids: readonly { scope: string; name: string }[],
  deep = false,
): Promise<DatasetReplica[]> => {
  const scopes = dids.map((did) => did.scope);
  const names = dids.map((did) => did.name);
  return [
    ...(await sql<DatasetReplica[]>`
      with recursive asked as materialized (
        select distinct d.id, d.scope, d.name, d.created_at, d.accessed_at, d.did_type
        from unnest(${scopes}::text[], ${names}::text[]) as a (scope, name)
        join dids d on d.scope = a.scope and d.name = a.name and d.did_type ${deep ? sql`in ('D', 'C')` : sql`= 'D'`}
      ), tree (root, id, did_type) as (
        select id, id, did_type from asked
        union
        select tree.root, c.child_id, child.did_type
        from tree join contents c on c.parent_id = tree.id join dids child on child.id = c.child_id
        where tree.did_type = 'C'
      ), total as materialized (
        select tree.root, count(*) as length, coalesce(sum(f.bytes), 0) as bytes
        from tree join contents c on c.parent_id = tree.id and tree.did_type = 'D' join dids f on f.id = c.child_id
        group by tree.root
      ), copies as (
        ${
          deep
            ? sql`select tree.root as did_id, r.rse_id, count(*) as length,
                    count(*) filter (where r.state = 'A') as available_length,
                    coalesce(sum(r.bytes) filter (where r.state = 'A'), 0) as available_bytes,
                    min(r.created_at) as created_at, max(r.updated_at) as updated_at, null::timestamptz as accessed_at
                  from tree join contents c on c.parent_id = tree.id and tree.did_type = 'D' join replicas r on r.did_id = c.child_id
                  group by tree.root, r.rse_id`
            : sql`select did_id, rse_id, length, available_length, available_bytes, created_at, updated_at, accessed_at
                  from collection_replicas_now where did_id in (select id from asked)`
        }
      )
      select asked.scope, asked.name, rses.rse, copies.rse_id, coalesce(total.bytes, 0)::bigint as bytes,
             coalesce(total.length, 0)::bigint as length, copies.available_bytes::bigint as available_bytes,
             copies.available_length::bigint as available_length,
             case when copies.available_length >= coalesce(total.length, 0) then 'AVAILABLE' else 'UNAVAILABLE' end as state,
             coalesce(copies.created_at, asked.created_at) as created_at, coalesce(copies.updated_at, asked.created_at) as updated_at,
             coalesce(copies.accessed_at, asked.accessed_at) as accessed_at
      from copies join asked on asked.id = copies.did_id join rses on rses.id = copies.rse_id
      left join total on total.root = asked.id
      where copies.length > 0
      order by asked.scope, asked.name, rses.rse`),
  ];
};

/** The datasets with copies at an RSE, page by page. */
export async function* listDatasetsAtRse(
  sql: Queryable,
  rseId: string,
): AsyncGenerator<DatasetReplica, void, undefined> {
  for (let after = 0; ; ) {
    const ids = await sql<{ id: number }[]>`
      select did_id as id from (
        select did_id from collection_replicas where rse_id = ${rseId} and did_id > ${after}
        union
        select did_id from collection_replica_deltas where rse_id = ${rseId} and did_id > ${after}
      ) present order by did_id limit ${PAGE}`;
    if (ids.length === 0) return;
    const names = await sql<{ scope: string; name: string }[]>`
      select scope, name from dids where id = any(${ids.map((row) => row.id)}::bigint[])`;
    for (const replica of await listDatasetReplicas(sql, names)) if (replica.rse_id === rseId) yield replica;
    if (ids.length < PAGE) return;
    after = ids.at(-1)!.id;
  }
}
