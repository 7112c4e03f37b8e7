import { fail } from '@leman/contracts';
import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';

/**
 * Gives a scope to another account.
 * @throws AccountNotFound, ScopeNotFound (404)
 */
export const updateScope = async ({ sql, clock }: Lake, scope: string, account: string): Promise<void> => {
  await requireAccount(sql, account);
  const rows = await sql`
    update scopes set account = ${account}, updated_at = ${new Date(clock.now())}
    where scope = ${scope} and status <> 'D' returning scope`;
  if (rows.length === 0) throw fail('ScopeNotFound', `Scope '${scope}' does not exist.`);
};
