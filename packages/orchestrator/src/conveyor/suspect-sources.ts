import type { Transaction } from '@leman/foundation';
import type { EndedRequest } from './claim-ended.ts';

const tellsOfSource = new Set(['SOURCE_MISSING', 'SOURCE_CORRUPT']);

/** Notes copies that were not there or held other bytes as suspicious, once a day each; people and minos look at them. */
export const suspectSources = async (
  tx: Transaction,
  failed: readonly EndedRequest[],
  now: Date,
): Promise<void> => {
  const suspects = failed.filter((request) => request.source_rse_id && tellsOfSource.has(request.reason));
  if (suspects.length === 0) return;
  await tx`
    insert into bad_replicas (scope, name, rse_id, state, reason, account, bytes, created_at, updated_at)
    select distinct on (e.scope, e.name, e.rse_id) e.scope, e.name, e.rse_id, 'S', e.reason, 'root', e.bytes, ${now}, ${now}
    from unnest(
      ${suspects.map((s) => s.scope)}::text[], ${suspects.map((s) => s.name)}::text[],
      ${suspects.map((s) => s.source_rse_id)}::uuid[], ${suspects.map((s) => s.err_msg ?? s.reason)}::text[],
      ${suspects.map((s) => s.bytes)}::bigint[]) as e (scope, name, rse_id, reason, bytes)
    where not exists (
      select from bad_replicas b where b.rse_id = e.rse_id and b.scope = e.scope and b.name = e.name and b.state = 'S'
        and b.created_at > ${now}::timestamptz - interval '1 day')`;
};
