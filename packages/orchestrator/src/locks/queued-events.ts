import type { Transaction } from '@leman/foundation';

/**
 * The events transfer-queued of requests that a statement queues, as a part of that statement: it must have a `queued`
 * with id, did_id, dest_rse_id, rule_id, activity, bytes. Payload: the field's (rucio core request).
 */
export const queuedEvents = (tx: Transaction, now: Date) => tx`
  insert into messages (event_type, payload)
  select 'transfer-queued', json_build_object(
    'request-id', replace(queued.id::text, '-', ''), 'request-type', 'transfer', 'scope', d.scope, 'name', d.name,
    'dst-rse-id', replace(s.id::text, '-', ''), 'dst-rse', s.rse, 'state', 'queued', 'retry-count', 0,
    'rule-id', replace(queued.rule_id::text, '-', ''), 'activity', queued.activity, 'file-size', queued.bytes,
    'bytes', queued.bytes, 'checksum-md5', d.md5, 'checksum-adler', d.adler32,
    'queued_at', ${now.toISOString().replace('T', ' ').slice(0, 19)}::text)
  from queued join dids d on d.id = queued.did_id join rses s on s.id = queued.dest_rse_id`;
