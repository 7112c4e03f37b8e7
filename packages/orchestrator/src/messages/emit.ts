import type { Queryable } from '@leman/foundation';

/** An event of the field: hermes event names (transfer-done, rule-ok, ...) and their payloads. */
export interface LakeEvent {
  type: string;
  payload: Record<string, unknown>;
}

/**
 * Writes events to the outbox, in the transaction of what they tell of. One statement whatever their number.
 * The caller wakes `hermes` after commit. Every room may use it.
 */
export const emit = async (sql: Queryable, events: readonly LakeEvent[]): Promise<void> => {
  if (events.length === 0) return;
  await sql`
    insert into messages (event_type, payload)
    select event_type, payload::json
    from unnest(${events.map((event) => event.type)}::text[], ${events.map((event) => JSON.stringify(event.payload))}::text[])
      as e (event_type, payload)`;
};
