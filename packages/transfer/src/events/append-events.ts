import type { Transaction } from '@leman/foundation';

export interface StoredEvent {
  seq: number;
  payload: Record<string, unknown>;
}

/** Writes events under the numbers given; part of the transaction they tell about. */
export const appendEvents = async (tx: Transaction, events: StoredEvent[], now: Date): Promise<void> => {
  await tx`
    insert into events (seq, at, payload)
    select e.seq, ${now}, e.payload
    from json_to_recordset(${JSON.stringify(events)}::text::json) as e (seq bigint, payload json)`;
};
