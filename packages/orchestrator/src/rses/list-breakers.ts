import type { Facts } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

export interface Breaker {
  rse_id: string;
  reason: 'MASS_BAD' | 'MASS_DELETION';
  facts: Facts;
  since: Date;
}

/** The RSEs that closed themselves and that nobody has opened since, the latest first. One query. */
export const listBreakers = (sql: Queryable): Promise<Breaker[]> => sql<Breaker[]>`
  select b.rse_id, b.reason, b.facts, b.since from rse_breakers b join rses r on r.id = b.rse_id
  where not case b.reason when 'MASS_BAD' then r.availability_write else r.availability_delete end
  order by b.since desc`;
