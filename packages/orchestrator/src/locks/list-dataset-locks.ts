import { lockStates, nameOf } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

export interface DatasetLock {
  rse_id: string;
  rse: string;
  scope: string;
  name: string;
  rule_id: string;
  account: string;
  state: string;
  length: number | null;
  bytes: number | null;
  accessed_at: Date | null;
}

type Row = DatasetLock & { did_id: number };
const PAGE = 1000;

const wire = ({ did_id: _, ...row }: Row): DatasetLock => ({ ...row, state: nameOf(lockStates, row.state) });

/** Locks of datasets by name; a container stands for the datasets below it. Unknown names give nothing. */
export const datasetLocksOf = async (
  sql: Queryable,
  dids: readonly { scope: string; name: string }[],
): Promise<DatasetLock[]> => {
  const rows = await sql<Row[]>`
    with recursive tree (id, did_type) as (
      select d.id, d.did_type
      from unnest(${dids.map((did) => did.scope)}::text[], ${dids.map((did) => did.name)}::text[]) as asked (scope, name)
      join dids d using (scope, name)
      union
      select child.id, child.did_type
      from tree join contents on contents.parent_id = tree.id join dids child on child.id = contents.child_id
      where tree.did_type = 'C'
    )
    select l.did_id, l.rse_id, s.rse, d.scope, d.name, l.rule_id, r.account, l.state,
      coalesce(l.length, d.length) as length, coalesce(l.bytes, d.bytes) as bytes, l.accessed_at
    from tree join dataset_locks l on l.did_id = tree.id join dids d on d.id = l.did_id
    join rses s on s.id = l.rse_id join rules r on r.id = l.rule_id
    where tree.did_type = 'D'
    order by l.did_id, l.created_at, l.rule_id, l.rse_id`;
  return rows.map(wire);
};

/** Locks of datasets at an RSE, page by page. */
export async function* datasetLocksAt(sql: Queryable, rseId: string): AsyncGenerator<DatasetLock> {
  let did = 0;
  let rule = '0'.repeat(32);
  for (;;) {
    const rows = await sql<Row[]>`
      select l.did_id, l.rse_id, s.rse, d.scope, d.name, l.rule_id, r.account, l.state,
        coalesce(l.length, d.length) as length, coalesce(l.bytes, d.bytes) as bytes, l.accessed_at
      from dataset_locks l join dids d on d.id = l.did_id join rses s on s.id = l.rse_id join rules r on r.id = l.rule_id
      where l.rse_id = ${rseId} and (l.did_id, l.rule_id) > (${did}::bigint, ${rule}::uuid)
      order by l.did_id, l.rule_id limit ${PAGE}`;
    for (const row of rows) yield wire(row);
    const last = rows.at(-1);
    if (rows.length < PAGE || !last) return;
    did = last.did_id;
    rule = last.rule_id;
  }
}
