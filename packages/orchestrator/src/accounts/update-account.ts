import { accountTypes, fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import { optionalText, type Parameters } from '../server/parameters.ts';
import { checkSchema } from '../server/schemas.ts';

const keys = ['status', 'email', 'account_type'];

/**
 * Changes status (ACTIVE, SUSPENDED), e-mail address or type of an account; all of it or nothing.
 * @throws ValueError (400) for an unknown key or value, AccountNotFound (404).
 */
export const updateAccount = async (
  { sql, clock, wakeups }: Lake,
  account: string,
  changes: Parameters,
): Promise<void> => {
  checkSchema('account', account);
  const unknown = Object.keys(changes).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    throw fail('ValueError', `Unknown key ${unknown}. Use one of ${keys.join(', ')}.`);
  const { status, account_type: type } = changes as Record<string, unknown>;
  if (status !== undefined && status !== 'ACTIVE' && status !== 'SUSPENDED') {
    throw fail(
      'ValueError',
      `Unknown value ${String(status)} for status. Use ACTIVE or SUSPENDED; DELETE removes an account.`,
    );
  }
  if (type !== undefined && !(typeof type === 'string' && Object.hasOwn(accountTypes, type))) {
    throw fail(
      'ValueError',
      `Unknown value ${String(type)} for account_type. Use one of ${Object.keys(accountTypes).join(', ')}.`,
    );
  }
  const email = optionalText(changes, 'email');
  if (account === 'root' && status === 'SUSPENDED')
    throw fail('ValueError', 'The account root cannot be suspended.');
  const now = new Date(clock.now());
  const newStatus = (status as string | undefined) ?? null;
  const rows = await sql`
    update accounts set
      status = coalesce(${newStatus}, status),
      suspended_at = case ${newStatus}::text when 'SUSPENDED' then ${now} when 'ACTIVE' then null else suspended_at end,
      deleted_at = case when ${newStatus}::text is null then deleted_at end,
      email = case when ${'email' in changes} then ${email} else email end,
      account_type = coalesce(${(type as string | undefined) ?? null}, account_type),
      updated_at = ${now}
    where account = ${account} returning account`;
  if (rows.length === 0) throw fail('AccountNotFound', `Account with ID '${account}' cannot be found.`);
  if (status !== undefined) wakeups.wake('accounts');
};
