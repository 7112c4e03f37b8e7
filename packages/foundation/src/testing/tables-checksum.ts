import type { Sql } from '../database.ts';

/** Number that the next writing transaction of this cluster gets: as long as it stays, nothing wrote. */
export const nextTransaction = async (sql: Sql): Promise<string> => {
  const [row] = await sql<{ next: string }[]>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
  return row!.next;
};

/** A checksum of every row of every table of the schema. */
export const tablesChecksum = async (sql: Sql): Promise<string> => {
  const tables = await sql<{ name: string }[]>`
    select c.relname as name from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname`;
  const parts = tables.map(
    ({ name }) =>
      `select '${name}' as name, md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as sum from "${name}" t`,
  );
  const rows = await sql.unsafe<{ name: string; sum: string }[]>(parts.join(' union all '));
  return rows
    .map((row) => `${row.name} ${row.sum}`)
    .toSorted()
    .join('\n');
};
