import type { Queryable } from '@leman/foundation';

/** Ids of the rules on a collection and on everything it lies in, in the order of id. */
export const rulesAbove = async (sql: Queryable, didId: number): Promise<string[]> => {
  const rows = await sql<{ id: string }[]>`
    with recursive above (id) as (
      select ${didId}::bigint
      union
      select contents.parent_id from above join contents on contents.child_id = above.id
    )
    select r.id from above join rules r on r.did_id = above.id order by r.id`;
  return rows.map((row) => row.id);
};
