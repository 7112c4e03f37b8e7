import type { Queryable } from '@leman/foundation';

/** Ends the attempt of claimed requests whose job the transfer service does not take; the finisher decides what next. */
export const refuseRequests = async (
  sql: Queryable,
  ids: readonly string[],
  detail: string,
  now: Date,
): Promise<void> => {
  await sql`
    update requests set state = 'A', reason = 'SUBMISSION_FAILED', reason_facts = ${JSON.stringify({ detail })}::text::jsonb,
      reason_since = ${now}, err_msg = ${detail}, last_processed_at = ${now}, updated_at = ${now}
    where id = any(${[...ids]}::uuid[]) and state = 'G'`;
};
