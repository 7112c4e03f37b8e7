import { fail } from '@leman/contracts';
import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';
import { checkSchema } from '../server/schemas.ts';

/**
 * Makes a scope that belongs to an account.
 * @throws InvalidObject (400), AccountNotFound (404), Duplicate (409)
 */
export const addScope = async ({ sql, clock }: Lake, scope: string, account: string): Promise<void> => {
  checkSchema('scope', scope);
  await requireAccount(sql, account);
  const now = new Date(clock.now());
  const rows = await sql`
    insert into scopes (scope, account, created_at, updated_at) values (${scope}, ${account}, ${now}, ${now})
    on conflict do nothing returning scope`;
  if (rows.length === 0) throw fail('Duplicate', `Scope '${scope}' already exists!`);
};
