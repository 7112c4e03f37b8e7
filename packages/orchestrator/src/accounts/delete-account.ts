import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';

/**
 * Deletes an account: its row stays (rules and scopes name it), its tokens go.
 * @throws AccountNotFound (404), UnsupportedOperation (409) for root.
 */
export const deleteAccount = async ({ sql, clock, wakeups }: Lake, account: string): Promise<void> => {
  if (account === 'root') throw fail('UnsupportedOperation', 'The account root cannot be deleted.');
  const now = new Date(clock.now());
  const rows = await sql`
    with gone as (
      update accounts set status = 'DELETED', deleted_at = ${now}, updated_at = ${now}
      where account = ${account} and status = 'ACTIVE' returning account
    ), revoked as (
      delete from tokens where account in (select account from gone)
    )
    select from gone`;
  if (rows.length === 0) throw fail('AccountNotFound', `Account with ID '${account}' cannot be found.`);
  wakeups.wake('accounts');
};
