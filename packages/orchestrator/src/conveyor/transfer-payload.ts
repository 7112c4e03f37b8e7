/** What the events of a transfer tell of. */
export interface TransferFacts {
  id: string;
  scope: string;
  name: string;
  bytes: number;
  adler32: string | null;
  md5: string | null;
  activity: string | null;
  account: string | null;
  source_rse: string | null;
  dest_rse: string | null;
  source_url: string | null;
  dest_url: string | null;
  external_host: string | null;
  external_id: string | null;
  created_at: Date | null;
  submitted_at: Date | null;
  started_at: Date | null;
  transferred_at: Date | null;
  reason: string | null;
}

/** `2026-11-20 05:54:06`, as in the field's messages. */
const messageDate = (date: Date | null): string | null =>
  date ? date.toISOString().slice(0, 19).replace('T', ' ') : null;

/** The payload of transfer-submitted, transfer-done and transfer-failed, with the field's names. */
export const transferPayload = (facts: TransferFacts): Record<string, unknown> => {
  const { started_at: started, transferred_at: ended } = facts;
  return {
    activity: facts.activity,
    'request-id': facts.id,
    duration: started && ended ? Math.max(0, Math.round((ended.getTime() - started.getTime()) / 1000)) : -1,
    'checksum-adler': facts.adler32,
    'checksum-md5': facts.md5,
    'file-size': facts.bytes,
    bytes: facts.bytes,
    protocol: facts.dest_url?.split(':')[0] ?? null,
    scope: facts.scope,
    name: facts.name,
    'src-rse': facts.source_rse,
    'src-url': facts.source_url,
    'dst-rse': facts.dest_rse,
    'dst-url': facts.dest_url,
    reason: facts.reason,
    'transfer-endpoint': facts.external_host,
    'transfer-id': facts.external_id,
    created_at: messageDate(facts.created_at),
    submitted_at: messageDate(facts.submitted_at),
    started_at: messageDate(started),
    transferred_at: messageDate(ended),
    'tool-id': 'leman-conveyor',
    account: facts.account,
  };
};
