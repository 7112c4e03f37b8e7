import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import { checkSchema } from '../server/schemas.ts';
import { storedAttribute } from './attribute-value.ts';
import { requireAccount } from './find-account.ts';

/**
 * Gives an account an attribute.
 * @throws InvalidObject (400), AccountNotFound (404), Duplicate (409)
 */
export const addAccountAttribute = async (
  lake: Lake,
  account: string,
  key: string,
  value: unknown,
): Promise<void> => {
  checkSchema('account_attribute', key);
  const text = storedAttribute(checkSchema('account_attribute', value));
  await requireAccount(lake.sql, account);
  const rows = await lake.sql`
    insert into account_attributes (account, key, value, created_at)
    values (${account}, ${key}, ${text}, ${new Date(lake.clock.now())})
    on conflict do nothing returning key`;
  if (rows.length === 0)
    throw fail('Duplicate', `Key ${key} already exists for account ${account}! Delete it first.`);
  lake.wakeups.wake('accounts');
};
