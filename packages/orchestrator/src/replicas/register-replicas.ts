import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { lockFilesByName } from '../dids/lock-files.ts';
import { namingError } from '../dids/register-dids.ts';

export interface NewReplica {
  scope: string;
  name: string;
  bytes: number;
  adler32?: string | null;
  md5?: string | null;
  guid?: string | null;
  events?: number | null;
  /** Owner of the DID when it is new; else the caller. */
  account?: string | null;
  state?: 'A' | 'U' | 'C' | 'B' | 'D' | 'T';
  /** Path below the protocol's prefix; only at RSEs that are not deterministic. */
  path?: string | null;
  tombstone?: Date | null;
}

export interface RegisterReplicas {
  rseId: string;
  files: readonly NewReplica[];
  account: string;
  now: Date;
}

export interface RegisteredReplicas {
  /** Numbers of all the files, in the order given. */
  ids: number[];
  /** Positions in `files` of those that had no DID before. */
  fresh: Set<number>;
}

interface Seen {
  position: number;
  id: number;
  did_type: string;
  /** A former copy is there still and on its way out. */
  leaving: boolean;
  same_bytes: boolean;
  same_adler32: boolean;
  same_md5: boolean;
}

/**
 * Registers copies of files at one RSE; files that have no DID yet get one. A copy that is registered already stays
 * as it is. Few statements whatever the number of files: the DIDs, a lock on those that existed, then the replicas with the counters of the RSE and
 * of the datasets that hold the files. Inside a transaction: it throws after having written.
 * @throws ScopeNotFound; DataIdentifierAlreadyExists when a name is that of a collection; FileConsistencyMismatch
 *   412 when size or checksum differ from the catalogue; Duplicate when a name comes twice with different facts;
 *   ResourceTemporaryUnavailable 503 where a former copy is still being deleted
 */
export const registerReplicas = async (
  tx: Transaction,
  { rseId, files, account, now }: RegisterReplicas,
): Promise<RegisteredReplicas> => {
  if (files.length === 0) return { ids: [], fresh: new Set() };
  const scopes = files.map((file) => file.scope);
  const names = files.map((file) => file.name);
  const bytes = files.map((file) => file.bytes);
  const adler32 = files.map((file) => file.adler32?.toLowerCase() ?? null);
  const md5 = files.map((file) => file.md5?.toLowerCase() ?? null);
  let fresh: { scope: string; name: string }[];
  try {
    fresh = await tx<{ scope: string; name: string }[]>`
      insert into dids (scope, name, did_type, account, bytes, adler32, md5, guid, events, is_new, created_at, updated_at)
      select distinct on (scope, name) scope, name, 'F', coalesce(f.account, ${account}), f.bytes, f.adler32, f.md5,
             f.guid, f.events, false, ${now}::timestamptz, ${now}::timestamptz
      from unnest(${scopes}::text[], ${names}::text[], ${bytes}::bigint[], ${adler32}::text[], ${md5}::text[],
                  ${files.map((file) => file.guid ?? null)}::text[], ${files.map((file) => file.events ?? null)}::bigint[],
                  ${files.map((file) => file.account ?? null)}::text[])
        as f (scope, name, bytes, adler32, md5, guid, events, account)
      where not exists (select from dids d where d.scope = f.scope and d.name = f.name)
      order by scope, name
      on conflict (scope, name) do nothing
      returning scope, name`;
  } catch (error) {
    throw namingError(error, files);
  }
  const isFresh = new Set(fresh.map((did) => `${did.scope}:${did.name}`));
  const known = files.filter((file) => !isFresh.has(`${file.scope}:${file.name}`));
  // New files are seen by nobody yet.
  await lockFilesByName(tx, known, 'copies');
  const seen = await tx<Seen[]>`
    with asked as materialized (
      select f.*, d.id, d.did_type, left_over.held as leaving, c.first or d.bytes is not distinct from f.bytes as same_bytes,
             c.first or coalesce(d.adler32 = f.adler32, true) as same_adler32,
             c.first or coalesce(d.md5 = f.md5, true) as same_md5, c.first
      from unnest(${scopes}::text[], ${names}::text[], ${bytes}::bigint[], ${adler32}::text[], ${md5}::text[],
                  ${files.map((file) => file.state ?? 'A')}::text[], ${files.map((file) => file.path ?? null)}::text[],
                  ${files.map((file) => file.tombstone?.toISOString() ?? null)}::timestamptz[])
             with ordinality as f (scope, name, bytes, adler32, md5, state, path, tombstone, position)
      join dids d on d.scope = f.scope and d.name = f.name
      -- what is known of a file inside an archive was only told; its first copy of its own decides
      cross join lateral (
        select d.constituent is true and not exists (select from replicas r where r.did_id = d.id) as first
      ) c
      cross join lateral (
        select ${known.length > 0}::boolean and exists (
          select from replicas r where r.did_id = d.id and r.rse_id = ${rseId}::uuid and r.lock_cnt = 0
            and (r.state = 'B' or (r.state = 'U' and r.tombstone <= ${now}::timestamptz))) as held
      ) left_over
    ), decided as (
      update dids set bytes = asked.bytes, adler32 = coalesce(asked.adler32, dids.adler32), md5 = coalesce(asked.md5, dids.md5)
      from asked where dids.id = asked.id and asked.first
    ), made as (
      insert into replicas (did_id, rse_id, bytes, state, path, tombstone, created_at, updated_at)
      select distinct on (id) id, ${rseId}::uuid, bytes, state, path, tombstone, ${now}::timestamptz, ${now}::timestamptz
      from asked order by id
      on conflict (did_id, rse_id) do nothing
      returning did_id, bytes, state
    ), counted as (
      insert into rse_counter_deltas (rse_id, files, bytes)
      select ${rseId}::uuid, count(*), sum(bytes) from made having count(*) > 0
    ), back as (
      update dids set availability = 'A', updated_at = ${now}::timestamptz
      from made where dids.id = made.did_id and made.state = 'A' and dids.availability <> 'A'
    ), held as (
      insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
      select contents.parent_id, ${rseId}::uuid, count(*), sum(made.bytes),
             count(*) filter (where made.state = 'A'), coalesce(sum(made.bytes) filter (where made.state = 'A'), 0)
      from made join contents on contents.child_id = made.did_id
      group by contents.parent_id
    )
    select position::int - 1 as position, id, did_type, leaving, same_bytes, same_adler32, same_md5 from asked order by position`;
  for (const row of seen) {
    const { scope, name } = files[row.position]!;
    if (row.did_type !== 'F') {
      throw fail(
        'DataIdentifierAlreadyExists',
        `Data identifier ${scope}:${name} already exists and is no file. Choose another name.`,
      );
    }
    if (row.leaving) {
      throw fail(
        'ResourceTemporaryUnavailable',
        `A former copy of ${scope}:${name} is still being deleted there, and this one would go with it. Try again later, or choose another RSE.`,
      );
    }
    const differs = !row.same_bytes
      ? 'size'
      : !row.same_adler32
        ? 'adler32'
        : !row.same_md5
          ? 'md5'
          : undefined;
    if (differs) {
      throw fail(
        'FileConsistencyMismatch',
        `The ${differs} of ${scope}:${name} differs from the catalogue. A name stands for the same bytes for ever: choose another name.`,
      );
    }
  }
  const positions = new Set<number>();
  files.forEach((file, position) => {
    if (isFresh.has(`${file.scope}:${file.name}`)) positions.add(position);
  });
  return { ids: seen.map((row) => row.id), fresh: positions };
};
