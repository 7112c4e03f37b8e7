import type { Sql } from '@leman/foundation';

/** Which copies of each file somebody declared bad, who and why, in words; by file, one query for the batch. */
export const findBadCopies = async (sql: Sql, didIds: readonly number[]): Promise<Map<number, string>> => {
  if (didIds.length === 0) return new Map();
  const rows = await sql<{ did_id: number; said: string }[]>`
    select r.did_id, string_agg(distinct format('the one at %s was declared bad by %s%s', e.rse, b.account,
             case when b.reason <> '' then ' (' || b.reason || ')' else '' end), ', ') as said
    from replicas r join dids d on d.id = r.did_id join rses e on e.id = r.rse_id
    join bad_replicas b on b.rse_id = r.rse_id and b.scope = d.scope and b.name = d.name and b.state = 'B'
    where r.did_id = any(${didIds as number[]}::bigint[])
    group by r.did_id`;
  return new Map(rows.map(({ did_id, said }) => [did_id, said]));
};
