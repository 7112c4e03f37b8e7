import { accountTypes, fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import { checkSchema } from '../server/schemas.ts';

/**
 * Makes an account.
 * @throws InvalidObject, InvalidAccountType (400), Duplicate (409; also of a deleted account).
 */
export const addAccount = async (
  { sql, clock }: Lake,
  account: string,
  details: { type: string; email: string | null },
): Promise<void> => {
  checkSchema('account', account);
  const type = details.type.toUpperCase();
  if (!Object.hasOwn(accountTypes, type)) {
    throw fail(
      'InvalidAccountType',
      `${details.type} is an invalid account type. Choose from ${Object.keys(accountTypes).join(', ')}.`,
    );
  }
  const now = new Date(clock.now());
  const rows = await sql`
    insert into accounts (account, account_type, email, created_at, updated_at)
    values (${account}, ${type}, ${details.email}, ${now}, ${now})
    on conflict do nothing returning account`;
  if (rows.length === 0) throw fail('Duplicate', `Account ID '${account}' already exists!`);
};
