import { fail } from '@leman/contracts';
import { type Queryable, sqlState } from '@leman/foundation';
import { findDid } from './find-dids.ts';

/** @throws DataIdentifierNotFound 404, AccountNotFound 404 */
export const followDid = async (
  sql: Queryable,
  scope: string,
  name: string,
  account: string,
  now: Date,
): Promise<void> => {
  const did = await findDid(sql, scope, name);
  const [known] = await sql`select from accounts where account = ${account}`;
  if (!known)
    throw fail('AccountNotFound', `Account '${account}' not found. Only existing accounts can follow.`);
  try {
    await sql`insert into did_followers (did_id, account, created_at) values (${did.id}, ${account}, ${now})`;
  } catch (error) {
    if (sqlState(error) === '23505')
      throw fail('Duplicate', `Account ${account} follows ${scope}:${name} already.`);
    throw error;
  }
};

/** @throws DataIdentifierNotFound 404 */
export const unfollowDid = async (
  sql: Queryable,
  scope: string,
  name: string,
  account: string,
): Promise<void> => {
  const did = await findDid(sql, scope, name);
  await sql`delete from did_followers where did_id = ${did.id} and account = ${account}`;
};

/** @throws DataIdentifierNotFound 404 */
export const listFollowers = async (sql: Queryable, scope: string, name: string) => {
  const did = await findDid(sql, scope, name);
  return await sql`select account as user from did_followers where did_id = ${did.id} order by account`;
};
