import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { AttachOptions } from './attach-dids.ts';
import type { DidInput } from './check-input.ts';
import type { Did } from './find-dids.ts';
import { full, refuseAttachment } from './refuse-attachment.ts';

/**
 * Puts files into archives; those with a size that are not registered yet get a DID.
 * @throws DataIdentifierNotFound, InvalidObject, UnsupportedOperation, FileAlreadyExists, DuplicateContent
 */
export const attachToArchives = async (
  tx: Transaction,
  list: { parent: Did; dids: readonly DidInput[] }[],
  options: AttachOptions,
) => {
  const flat = list.flatMap(({ parent, dids }) => dids.map((did) => ({ parent: parent.id, ...did })));
  const unsized = flat.find((did) => did.bytes === undefined);
  await tx`
    insert into dids (scope, name, did_type, account, bytes, adler32, md5, guid, is_new, constituent, created_at, updated_at)
    select distinct on (scope, name) scope, name, 'F', ${options.account}, bytes, adler32, md5, guid, false, true,
           ${options.now}::timestamptz, ${options.now}::timestamptz
    from unnest(${flat.map((did) => did.scope)}::text[], ${flat.map((did) => did.name)}::text[],
                ${flat.map((did) => did.bytes ?? null)}::bigint[], ${flat.map((did) => did.adler32 ?? null)}::text[],
                ${flat.map((did) => did.md5 ?? null)}::text[], ${flat.map((did) => (did.meta?.guid as string) ?? null)}::text[])
      as f (scope, name, bytes, adler32, md5, guid)
    where bytes is not null order by scope, name
    on conflict (scope, name) do nothing`;
  const rows = await tx<
    { id: number; scope: string; name: string; did_type: string; parent: number; made: boolean }[]
  >`
    with asked as materialized (
      select f.parent, f.scope, f.name, d.id, d.did_type
      from unnest(${flat.map((did) => did.parent)}::bigint[], ${flat.map((did) => did.scope)}::text[],
                  ${flat.map((did) => did.name)}::text[]) as f (parent, scope, name)
      left join dids d on d.scope = f.scope and d.name = f.name
    ), made as (
      insert into archive_contents (archive_id, child_id)
      select distinct parent, id from asked where did_type = 'F'
      on conflict do nothing returning archive_id, child_id
    ), marked as (
      update dids set is_archive = true, updated_at = ${options.now}
      where id in (select archive_id from made) and is_archive is not true
    ), constituents as (
      update dids set constituent = true, updated_at = ${options.now}
      where id in (select child_id from made) and constituent is not true
    )
    select asked.*, made.child_id is not null as made
    from asked left join made on made.archive_id = asked.parent and made.child_id = asked.id`;
  for (const row of rows) {
    const parent = list.find((entry) => entry.parent.id === row.parent)!.parent;
    const problem =
      row.id === null
        ? 'missing'
        : row.did_type !== 'F'
          ? 'type'
          : !row.made && !options.ignoreDuplicate
            ? 'attached'
            : undefined;
    if (problem === 'missing' && unsized)
      throw fail('InvalidObject', `bytes of ${full(row)} is needed to register it in an archive.`);
    if (problem) throw refuseAttachment({ ...row, problem }, parent);
  }
};
