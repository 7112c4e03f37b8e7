import type { Facts } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { lockFiles } from '../dids/lock-files.ts';

export interface EndedRequest {
  id: string;
  did_id: number;
  scope: string;
  name: string;
  bytes: number;
  adler32: string | null;
  md5: string | null;
  dest_rse_id: string;
  source_rse_id: string | null;
  account: string | null;
  activity: string;
  /** D done; F failed, L lost, A not taken by the transfer service, M no common protocol. */
  state: string;
  retry_count: number;
  failed_sources: string[];
  external_host: string | null;
  external_id: string | null;
  dest_url: string | null;
  source_url: string | null;
  reason: string;
  reason_facts: Facts | null;
  err_msg: string | null;
  created_at: Date;
  submitted_at: Date | null;
  started_at: Date | null;
  transferred_at: Date | null;
}

/**
 * Takes ended requests, oldest first, for this transaction. The files are held first, in a statement of its own, so that
 * none is attached while its copy arrives; then the replicas, then the requests, in the order of (did_id, rse_id), as
 * everybody does who changes these. Requests for files that are gone go too.
 */
export const claimEnded = async (tx: Transaction, limit: number): Promise<EndedRequest[]> => {
  const candidates = await tx<{ id: string; did_id: number }[]>`
    select id, did_id from requests where state in ('D', 'F', 'L', 'A', 'M') order by updated_at limit ${limit}`;
  if (candidates.length === 0) return [];
  await lockFiles(
    tx,
    candidates.map((request) => request.did_id),
    'copies',
  );
  const ids = candidates.map((request) => request.id);
  return await tx<EndedRequest[]>`
    with held as materialized (
      select r.did_id from requests c join replicas r on r.did_id = c.did_id and r.rse_id = c.dest_rse_id
      where c.id = any(${ids}::uuid[])
      order by r.did_id, r.rse_id for no key update of r
    ),
    mine as materialized (
      select id from requests
      where id = any(${ids}::uuid[]) and (select count(*) from held) >= 0
        and state in ('D', 'F', 'L', 'A', 'M')
      for update skip locked
    ),
    orphans as (
      delete from requests q using mine where q.id = mine.id and not exists (select from dids d where d.id = q.did_id)
    )
    select q.id, q.did_id, d.scope, d.name, q.bytes, d.adler32, d.md5, q.dest_rse_id, q.source_rse_id, q.account,
      q.activity, q.state, q.retry_count, q.failed_sources, q.external_host, q.external_id, q.dest_url, q.source_url,
      q.reason, q.reason_facts, q.err_msg, q.created_at, q.submitted_at, q.started_at, q.transferred_at
    from mine join requests q using (id) join dids d on d.id = q.did_id
    order by q.did_id, q.dest_rse_id`;
};
