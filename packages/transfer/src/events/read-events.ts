import type { Sql } from '@leman/foundation';

export interface EventRow {
  seq: number;
  kind: string;
  payload: string;
}

/** Events after a number, in their order; the payload as the JSON text it is stored as. */
export const readEvents = async (sql: Sql, after: number, limit: number): Promise<EventRow[]> => sql<
  EventRow[]
>`
  select seq, coalesce(payload ->> 'kind', 'state') as kind, payload::text as payload
  from events where seq > ${after} order by seq limit ${limit}`;
