import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import type { Caller } from '../lake.ts';

/**
 * Permissions of the field's generic policy (Rucio REST contract 2.7). Each `require...` returns when the caller may
 * and throws AccessDenied (401) when not; `action` completes the sentence "Account x may not ...".
 */
const denied = (caller: Caller, action: string, who: string) =>
  fail('AccessDenied', `Account ${caller.account} may not ${action}. ${who}`);

/** Only the account root. */
export const requireRoot = (caller: Caller, action: string): void => {
  if (!caller.isRoot) throw denied(caller, action, 'Only root may.');
};

/** root, or an account with the attribute admin. */
export const requireAdmin = (caller: Caller, action: string): void => {
  if (!caller.isAdmin) throw denied(caller, action, 'Ask an administrator.');
};

/** The account itself, or an administrator. */
export const requireSelfOrAdmin = (caller: Caller, account: string, action: string): void => {
  if (caller.account !== account && !caller.isAdmin) throw denied(caller, action, 'Ask an administrator.');
};

/**
 * The owner of every one of the scopes, or an administrator. One query whatever their number.
 *
 * @param options.mockIsOpen anybody may in the scope `mock` (adding, attaching, sampling; not metadata and status).
 */
export const requireScopeOwner = async (
  sql: Queryable,
  caller: Caller,
  scopes: Iterable<string>,
  action: string,
  options: { mockIsOpen?: boolean } = {},
): Promise<void> => {
  if (caller.isAdmin) return;
  const wanted = [...new Set(scopes)].filter((scope) => !(options.mockIsOpen && scope === 'mock'));
  if (wanted.length === 0) return;
  const [foreign] = await sql<{ scope: string }[]>`
    select w.scope from unnest(${wanted}::text[]) as w (scope)
    left join scopes s on s.scope = w.scope and s.account = ${caller.account} and s.status <> 'D'
    where s.scope is null order by w.scope limit 1`;
  if (foreign)
    throw denied(
      caller,
      action,
      `It does not own the scope ${foreign.scope}; ask its owner or an administrator.`,
    );
};

/** Adding replicas is open to all at RSEs meant for users, by their name. */
export const requireMayAddReplicas = (caller: Caller, rse: string): void => {
  if (caller.isAdmin || /(SCRATCHDISK|USERDISK|MOCK|LOCALGROUPDISK)$/.test(rse)) return;
  throw denied(caller, `add file replicas on ${rse}`, 'Ask an administrator.');
};

/** A rule for the own account that is not locked; everything else is for administrators. */
export const requireMayAddRule = (caller: Caller, account: string, locked: boolean): void => {
  if (caller.isAdmin || (account === caller.account && !locked)) return;
  throw denied(
    caller,
    locked ? 'add locked replication rules' : `add replication rules for account ${account}`,
    'Ask an administrator.',
  );
};

/** The countries that an account administers: its attributes `country-<c>` with the value `admin`. */
export const administeredCountries = async (sql: Queryable, caller: Caller): Promise<Set<string>> => {
  const rows = await sql<{ key: string }[]>`
    select key from account_attributes where account = ${caller.account} and key like 'country-%' and value = 'admin'`;
  return new Set(rows.map(({ key }) => key.slice('country-'.length)));
};

/** Administrators, and those who administer every one of the countries (of RSEs; an RSE without one belongs to none). */
export const requireCountryAdmin = async (
  sql: Queryable,
  caller: Caller,
  countries: Iterable<string | undefined>,
  action: string,
): Promise<void> => {
  if (caller.isAdmin) return;
  const own = await administeredCountries(sql, caller);
  if (own.size > 0 && [...countries].every((country) => country !== undefined && own.has(country))) return;
  throw denied(caller, action, 'Ask an administrator.');
};
