import { accountTypes, fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

export interface AccountFilter {
  account_type?: string;
  identity?: string;
  /** `*` stands for anything. */
  account?: string;
  /** Account attributes that must have these values. */
  attributes?: Readonly<Record<string, string>>;
}

const FETCH = 500;

/**
 * Active accounts by name, in blocks: `{account, type, email}`.
 * @throws ValueError (400) for an unknown type.
 */
export async function* listAccounts(
  sql: Queryable,
  filter: AccountFilter,
): AsyncGenerator<{ account: string; type: string; email: string | null }> {
  const { account_type: type, identity, account, attributes = {} } = filter;
  if (type !== undefined && !Object.hasOwn(accountTypes, type)) {
    throw fail(
      'ValueError',
      `Unknown account_type ${type}. Use one of ${Object.keys(accountTypes).join(', ')}.`,
    );
  }
  const like = account?.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%') ?? null;
  const blocks = sql<{ account: string; type: string; email: string | null }[]>`
    select account, account_type as type, email from accounts a
    where status = 'ACTIVE'
      and (${type ?? null}::text is null or account_type = ${type ?? null})
      and (${like}::text is null or account like ${like})
      and (${identity ?? null}::text is null
        or exists (select from identity_accounts i where i.account = a.account and i.identity = ${identity ?? null}))
      and not exists (
        select from unnest(${Object.keys(attributes)}::text[], ${Object.values(attributes)}::text[]) as w (key, value)
        where not exists (
          select from account_attributes t where t.account = a.account and t.key = w.key and t.value = w.value))
    order by account`.cursor(FETCH);
  for await (const block of blocks) yield* block;
}
