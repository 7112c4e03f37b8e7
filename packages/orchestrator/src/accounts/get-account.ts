import { fail } from '@leman/contracts';
import { type Queryable, wireIsoDate } from '@leman/foundation';

interface AccountRow {
  account: string;
  account_type: string;
  status: string;
  email: string | null;
  created_at: Date;
  updated_at: Date;
  suspended_at: Date | null;
  deleted_at: Date | null;
}

/**
 * An account, also a deleted one, as the wire shows it (dates in ISO form).
 * @throws AccountNotFound (404)
 */
export const getAccount = async (sql: Queryable, account: string): Promise<Record<string, string | null>> => {
  const [row] = await sql<AccountRow[]>`
    select account, account_type, status, email, created_at, updated_at, suspended_at, deleted_at
    from accounts where account = ${account}`;
  if (!row) throw fail('AccountNotFound', `Account with ID '${account}' cannot be found.`);
  return {
    ...row,
    created_at: wireIsoDate(row.created_at),
    updated_at: wireIsoDate(row.updated_at),
    suspended_at: row.suspended_at && wireIsoDate(row.suspended_at),
    deleted_at: row.deleted_at && wireIsoDate(row.deleted_at),
  };
};
