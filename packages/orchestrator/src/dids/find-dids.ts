import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

export interface DidName {
  scope: string;
  name: string;
}

/** What operations need to know of a DID; all metadata is in dids/get-metadata. */
export interface Did extends DidName {
  id: number;
  did_type: 'F' | 'D' | 'C';
  account: string;
  bytes: number | null;
  length: number | null;
  adler32: string | null;
  md5: string | null;
  is_open: boolean | null;
  monotonic: boolean;
  is_archive: boolean | null;
  expired_at: Date | null;
}

/** The DIDs of these names that exist, in the order asked for. One statement. */
export const lookUpDids = async (sql: Queryable, dids: readonly DidName[]): Promise<Did[]> => {
  if (dids.length === 0) return [];
  return [
    ...(await sql<Did[]>`
      select d.id, d.scope, d.name, d.did_type, d.account, d.bytes, d.length, d.adler32, d.md5, d.is_open, d.monotonic,
             d.is_archive, d.expired_at
      from unnest(${dids.map((did) => did.scope)}::text[], ${dids.map((did) => did.name)}::text[])
             with ordinality as asked (scope, name, position)
      join dids d using (scope, name)
      order by asked.position`),
  ];
};

const missing = ({ scope, name }: DidName) =>
  fail(
    'DataIdentifierNotFound',
    `Data identifier '${scope}:${name}' not found. Check the spelling of scope and name.`,
  );

/**
 * The DIDs of these names, in the order asked for.
 * @throws DataIdentifierNotFound naming the first that does not exist
 */
export const findDids = async (sql: Queryable, dids: readonly DidName[]): Promise<Did[]> => {
  const found = await lookUpDids(sql, dids);
  if (found.length === dids.length) return found;
  const known = new Set(found.map((did) => `${did.scope}:${did.name}`));
  throw missing(dids.find((did) => !known.has(`${did.scope}:${did.name}`))!);
};

/** @throws DataIdentifierNotFound */
export const findDid = async (sql: Queryable, scope: string, name: string): Promise<Did> => {
  const [did] = await lookUpDids(sql, [{ scope, name }]);
  if (!did) throw missing({ scope, name });
  return did;
};
