import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { metadataColumns } from './metadata-columns.ts';
import { namingError } from './register-dids.ts';

const columns = [
  ...Object.keys(metadataColumns).filter((column) => column !== 'expired_at' && column !== 'deleted_at'),
  'meta',
];

/**
 * Brings deleted DIDs back, or takes the expiry from DIDs that have expired but are not deleted yet. All or nothing.
 * @throws DataIdentifierNotFound 404, DataIdentifierAlreadyExists 409
 */
export const resurrectDids = async (
  tx: Transaction,
  dids: readonly { scope: string; name: string }[],
  now: Date,
): Promise<void> => {
  const scopes = dids.map((did) => did.scope);
  const names = dids.map((did) => did.name);
  let back: { scope: string; name: string }[];
  try {
    back = await tx<{ scope: string; name: string }[]>`
      with gone as (
        delete from deleted_dids using unnest(${scopes}::text[], ${names}::text[]) as asked (scope, name)
        where deleted_dids.scope = asked.scope and deleted_dids.name = asked.name
        returning record
      ), born as (
        insert into dids (${tx.unsafe(columns.join(', '))}) select ${tx.unsafe(columns.map((column) => `r.${column}`).join(', '))}
        from gone, jsonb_populate_record(null::dids, gone.record) r
        returning scope, name
      ), prolonged as (
        update dids d set expired_at = null, updated_at = ${now}
        from unnest(${scopes}::text[], ${names}::text[]) as asked (scope, name)
        where d.scope = asked.scope and d.name = asked.name and d.expired_at < ${now}
        returning d.scope, d.name
      )
      select scope, name from born union select scope, name from prolonged`;
  } catch (error) {
    throw namingError(error, dids);
  }
  const done = new Set(back.map((did) => `${did.scope}:${did.name}`));
  const missing = dids.find((did) => !done.has(`${did.scope}:${did.name}`));
  if (missing) {
    throw fail(
      'DataIdentifierNotFound',
      `Deleted Data identifier '${missing.scope}:${missing.name}' not found. Nothing was brought back.`,
    );
  }
};
