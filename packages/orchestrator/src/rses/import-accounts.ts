import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { hashPassword } from '../accounts/hash-password.ts';
import { identityTypeOf } from '../accounts/identity-type.ts';
import { optionalText, type Parameters, requiredText } from '../server/parameters.ts';

/** Wider than for accounts made one by one: the field imports names in upper case. */
const NAME = /^[A-Za-z0-9_-]+$/;
const LONGEST_NAME = 25;

interface ReadIdentity {
  account: string;
  identity: string;
  type: string;
  email: string | null;
  password: string | null;
}

const isDictionary = (value: unknown): value is Parameters =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Makes or changes accounts, `[{account, email, identities: [{identity, type, password?}]}]`, and lets the identities
 * log in to them. Nobody is removed.
 *
 * @throws InvalidObject, ValueError (400); IdentityError (400) for a new user name without a password.
 */
export const importAccounts = async (
  tx: Transaction,
  entries: readonly unknown[],
  now: Date,
): Promise<void> => {
  const identities: ReadIdentity[] = [];
  const accounts = entries.map((entry) => {
    if (!isDictionary(entry)) throw fail('InvalidObject', 'An account to import must be a dictionary.');
    const account = requiredText(entry, 'account', LONGEST_NAME);
    if (!NAME.test(account)) {
      throw fail('InvalidObject', `The account '${account}' must be letters, digits, '-' and '_'.`);
    }
    const email = optionalText(entry, 'email');
    const list = entry.identities ?? [];
    if (!Array.isArray(list)) throw fail('InvalidObject', `The identities of ${account} must be a list.`);
    for (const one of list as unknown[]) {
      if (!isDictionary(one)) throw fail('InvalidObject', `An identity of ${account} must be a dictionary.`);
      const type = identityTypeOf(requiredText(one, 'type'));
      identities.push({
        account,
        identity: requiredText(one, 'identity', 2048),
        type,
        email,
        password: optionalText(one, 'password', 1024),
      });
    }
    return { account, email };
  });
  if (accounts.length === 0) return;
  await tx`
    insert into accounts (account, account_type, email, created_at, updated_at)
    select distinct on (account) account, 'USER', email, ${now}, ${now}
    from unnest(${accounts.map((a) => a.account)}::text[], ${accounts.map((a) => a.email)}::text[]) as a (account, email)
    on conflict (account) do update set
      email = coalesce(excluded.email, accounts.email), updated_at = ${now}, status = 'ACTIVE', deleted_at = null, suspended_at = null`;
  if (identities.length === 0) return;
  const known = await tx<
    { identity: string }[]
  >`select identity from identities where identity_type = 'USERPASS'
    and identity = any(${identities.map((one) => one.identity)}::text[])`;
  const there = new Set(known.map(({ identity }) => identity));
  const fresh = identities.filter(({ type, identity }) => type === 'USERPASS' && !there.has(identity));
  const open = fresh.find(({ password }) => !password);
  if (open)
    throw fail('IdentityError', `You must provide a password for the identity ${open.identity}!`, {
      status: 400,
    });
  const hashes = new Map<string, { salt: Buffer; hash: Buffer }>();
  for (const { identity, password } of fresh)
    if (!hashes.has(identity)) hashes.set(identity, await hashPassword(password!));
  const hashOf = ({ type, identity }: ReadIdentity) =>
    type === 'USERPASS' ? hashes.get(identity) : undefined;
  const columns = [identities.map((one) => one.identity), identities.map((one) => one.type)] as const;
  await tx`
    insert into identities (identity, identity_type, email, password_salt, password_hash, created_at, updated_at)
    select distinct on (identity, type) identity, type, email, decode(salt, 'hex'), decode(hash, 'hex'), ${now}, ${now}
    from unnest(${columns[0]}::text[], ${columns[1]}::text[], ${identities.map((one) => one.email)}::text[],
      ${identities.map((one) => hashOf(one)?.salt.toString('hex') ?? null)}::text[],
      ${identities.map((one) => hashOf(one)?.hash.toString('hex') ?? null)}::text[]) as i (identity, type, email, salt, hash)
    on conflict do nothing`;
  await tx`
    insert into identity_accounts (identity, identity_type, account, created_at)
    select distinct identity, type, account, ${now}
    from unnest(${columns[0]}::text[], ${columns[1]}::text[], ${identities.map((one) => one.account)}::text[]) as i (identity, type, account)
    on conflict do nothing`;
};
