import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import { requireAccount } from './find-account.ts';
import { hashPassword } from './hash-password.ts';
import type { IdentityType } from './identity-type.ts';
import { parseSshKey } from './parse-ssh-key.ts';

export interface NewIdentity {
  identity: string;
  type: IdentityType;
  email: string | null;
  password: string | null;
  isDefault: boolean;
}

/**
 * Lets an identity log in to an account; makes the identity when it is new. A password given for a known identity is
 * not taken: whoever may attach it does not own it.
 *
 * @throws IdentityError (400) for a new user name without a password, ValueError (400) for a bad SSH key,
 * AccountNotFound (404), Duplicate (409)
 */
export const addIdentity = async (lake: Lake, account: string, request: NewIdentity): Promise<void> => {
  const { sql } = lake;
  const { identity, type, email, password, isDefault } = request;
  if (type === 'SSH' && !parseSshKey(identity)) {
    throw fail(
      'ValueError',
      'The identity must be an RSA public key as ssh-keygen writes it: ssh-rsa AAAA... comment.',
    );
  }
  await requireAccount(sql, account);
  const known = await sql`select from identities where identity = ${identity} and identity_type = ${type}`;
  const isNew = known.length === 0;
  if (isNew && type === 'USERPASS' && !password)
    throw fail('IdentityError', 'You must provide a password!', { status: 400 });
  const hashed = isNew && type === 'USERPASS' ? await hashPassword(password!) : undefined;
  const now = new Date(lake.clock.now());
  const rows = await sql`
    with made as (
      insert into identities (identity, identity_type, email, password_salt, password_hash, created_at, updated_at)
      values (${identity}, ${type}, ${email}, ${hashed?.salt ?? null}, ${hashed?.hash ?? null}, ${now}, ${now})
      on conflict do nothing
    )
    insert into identity_accounts (identity, identity_type, account, is_default, created_at)
    values (${identity}, ${type}, ${account}, ${isDefault}, ${now})
    on conflict do nothing returning account`;
  if (rows.length === 0)
    throw fail('Duplicate', `Identity pair '${identity}','${type}' already exists for account ${account}!`);
};
