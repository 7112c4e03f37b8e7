import type { Transaction } from '@leman/foundation';

/**
 * The events transfer-queued of requests that a statement queues, as a part of that statement: it must have a `queued`
 * with id, did_id, dest_rse_id, rule_id, activity, bytes. Payload: the field's (rucio core request). The text is put
 * together by hand, which takes half the time of json_build_object: a rule writes one for each of its files.
 */
export const queuedEvents = (tx: Transaction, now: Date) => tx`
  insert into messages (event_type, payload)
  select 'transfer-queued', (
    '{"request-id":"' || replace(queued.id::text, '-', '') || '","request-type":"transfer","scope":' || to_json(d.scope) ||
    ',"name":' || to_json(d.name) || ',"dst-rse-id":"' || replace(s.id::text, '-', '') || '","dst-rse":' || to_json(s.rse) ||
    ',"state":"queued","retry-count":0,"rule-id":' || coalesce('"' || replace(queued.rule_id::text, '-', '') || '"', 'null') ||
    ',"activity":' || to_json(queued.activity) || ',"file-size":' || queued.bytes || ',"bytes":' || queued.bytes ||
    ',"checksum-md5":' || coalesce(to_json(d.md5)::text, 'null') ||
    ',"checksum-adler":' || coalesce(to_json(d.adler32)::text, 'null') ||
    ',"queued_at":"' || ${now.toISOString().replace('T', ' ').slice(0, 19)}::text || '"}')::json
  from queued join dids d on d.id = queued.did_id join rses s on s.id = queued.dest_rse_id`;
