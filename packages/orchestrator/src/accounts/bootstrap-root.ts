import type { Lake } from '../lake.ts';
import { checkPassword, hashPassword } from './hash-password.ts';

/**
 * Makes the account root and a user name and password that lead to it. May be called at every start: what is there
 * stays, but a password that differs is set anew.
 */
export const bootstrapRoot = async (
  lake: Lake,
  { username, password }: { username: string; password: string },
): Promise<void> => {
  const { sql } = lake;
  const now = new Date(lake.clock.now());
  const [known] = await sql<{ password_salt: Buffer; password_hash: Buffer }[]>`
    select password_salt, password_hash from identities
    where identity = ${username} and identity_type = 'USERPASS' and password_hash is not null`;
  const same =
    known && (await checkPassword(password, { salt: known.password_salt, hash: known.password_hash }));
  const hashed = same ? undefined : await hashPassword(password);
  await sql.begin(async (tx) => {
    await tx`
      insert into accounts (account, account_type, created_at, updated_at) values ('root', 'SERVICE', ${now}, ${now})
      on conflict do nothing`;
    await tx`
      insert into account_attributes (account, key, value, created_at) values ('root', 'admin', 'true', ${now})
      on conflict do nothing`;
    if (hashed) {
      await tx`
        insert into identities (identity, identity_type, password_salt, password_hash, created_at, updated_at)
        values (${username}, 'USERPASS', ${hashed.salt}, ${hashed.hash}, ${now}, ${now})
        on conflict (identity, identity_type) do update
        set password_salt = excluded.password_salt, password_hash = excluded.password_hash, updated_at = ${now}`;
    }
    await tx`
      insert into identity_accounts (identity, identity_type, account, is_default, created_at)
      values (${username}, 'USERPASS', 'root', true, ${now})
      on conflict do nothing`;
  });
};
