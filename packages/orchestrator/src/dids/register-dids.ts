import { fail } from '@leman/contracts';
import { type Queryable, sqlState, violatedConstraint } from '@leman/foundation';
import { emit } from '../messages/emit.ts';

export interface NewCollection {
  scope: string;
  name: string;
  did_type: 'D' | 'C';
  account: string;
  monotonic?: boolean;
  expired_at?: Date | null;
}

/**
 * Says a failed insert into dids in the field's words; anything else stays what it is.
 * @returns the error to throw
 */
export const namingError = (error: unknown, names: readonly { scope: string; name: string }[]): unknown => {
  const examples = names
    .slice(0, 3)
    .map(({ scope, name }) => `${scope}:${name}`)
    .join(', ');
  if (sqlState(error) === '23505' && violatedConstraint(error) === 'dids_key') {
    return fail(
      'DataIdentifierAlreadyExists',
      `Data identifier already exists: one of ${examples}. Choose another name.`,
    );
  }
  if (sqlState(error) === '23503' && violatedConstraint(error)?.includes('scope')) {
    return fail('ScopeNotFound', `Scope not found for one of ${examples}. Create the scope first.`);
  }
  return error;
};

/**
 * Makes datasets and containers, with the events CREATE_DTS and CREATE_CNT; returns their numbers in the given order.
 * Two statements whatever their number. The caller wakes `hermes` after commit.
 * @throws DataIdentifierAlreadyExists, ScopeNotFound
 */
export const registerDids = async (
  tx: Queryable,
  dids: readonly NewCollection[],
  now: Date,
): Promise<number[]> => {
  if (dids.length === 0) return [];
  let made: { id: number; scope: string; name: string }[];
  try {
    made = await tx<{ id: number; scope: string; name: string }[]>`
      insert into dids (scope, name, did_type, account, is_open, monotonic, expired_at, created_at, updated_at)
      select scope, name, did_type, account, true, monotonic, expired_at, ${now}, ${now}
      from unnest(${dids.map((did) => did.scope)}::text[], ${dids.map((did) => did.name)}::text[],
                  ${dids.map((did) => did.did_type)}::text[], ${dids.map((did) => did.account)}::text[],
                  ${dids.map((did) => String(did.monotonic ?? false))}::text[]::boolean[],
                  ${dids.map((did) => did.expired_at?.toISOString() ?? null)}::timestamptz[])
        as new (scope, name, did_type, account, monotonic, expired_at)
      order by scope, name
      returning id, scope, name`;
  } catch (error) {
    throw namingError(error, dids);
  }
  await emit(
    tx,
    dids.map(({ scope, name, did_type, account, expired_at }) => ({
      type: did_type === 'C' ? 'CREATE_CNT' : 'CREATE_DTS',
      payload: {
        account,
        scope,
        name,
        expired_at: expired_at?.toISOString().slice(0, 19).replace('T', ' ') ?? null,
      },
    })),
  );
  const ids = new Map(made.map((did) => [`${did.scope}:${did.name}`, did.id]));
  return dids.map((did) => ids.get(`${did.scope}:${did.name}`)!);
};
