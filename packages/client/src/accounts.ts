import type { Account, AccountUsage, Rule } from './shapes.ts';
import type { Transport } from './transport.ts';
import { query, segment } from './wire.ts';

/** Accounts, their limits and usage, and scopes. */
export const accounts = (lake: Transport) => {
  const one = (account: string) => `/accounts/${segment(account)}`;
  return {
    whoami: () => lake.json<Account>('/accounts/whoami'),
    get: (account: string) => lake.json<Account>(one(account)),
    list: (filter: { account_type?: string; identity?: string } = {}) =>
      lake.lines<{ account: string; type: string; email: string | null }>(`/accounts/${query(filter)}`),
    add: (account: string, type: 'USER' | 'GROUP' | 'SERVICE', email = '') =>
      lake.text(one(account), { method: 'POST', body: { type, email } }),
    update: (account: string, change: { status?: string; email?: string }) =>
      lake.text(one(account), { method: 'PUT', body: change }),
    remove: (account: string) => lake.text(one(account), { method: 'DELETE' }),
    attributes: (account: string) =>
      lake.json<{ key: string; value: string | boolean }[]>(`${one(account)}/attr/`),
    setAttribute: (account: string, key: string, value: string) =>
      lake.text(`${one(account)}/attr/${segment(key)}`, { method: 'POST', body: { key, value } }),
    removeAttribute: (account: string, key: string) =>
      lake.text(`${one(account)}/attr/${segment(key)}`, { method: 'DELETE' }),
    identities: (account: string) =>
      lake.lines<{ identity: string; type: string; email: string }>(`${one(account)}/identities`),
    addIdentity: (
      account: string,
      identity: { identity: string; authtype: string; email: string; password?: string; default?: boolean },
    ) => lake.text(`${one(account)}/identities`, { method: 'POST', body: identity }),
    removeIdentity: (account: string, identity: { identity: string; authtype: string }) =>
      lake.text(`${one(account)}/identities`, { method: 'DELETE', body: identity }),
    /** Bytes by RSE; Infinity: no limit. */
    limits: (account: string) => lake.json<Record<string, number | null>>(`${one(account)}/limits/local`),
    setLimit: (account: string, rse: string, bytes: number) =>
      lake.text(`${one(account)}/limits/local/${segment(rse)}`, { method: 'POST', body: { bytes } }),
    removeLimit: (account: string, rse: string) =>
      lake.text(`${one(account)}/limits/local/${segment(rse)}`, { method: 'DELETE' }),
    usage: (account: string) => lake.lines<AccountUsage>(`${one(account)}/usage/local`),
    rules: (account: string) => lake.lines<Rule>(`${one(account)}/rules`),
    scopes: (account: string) => lake.json<string[]>(`${one(account)}/scopes/`),
  };
};

/** Scopes: the namespaces that names live in. */
export const scopes = (lake: Transport) => ({
  list: () => lake.json<string[]>('/scopes/'),
  owners: () => lake.json<{ scope: string; account: string }[]>('/scopes/owner/'),
  add: (account: string, scope: string) =>
    lake.text(`/accounts/${segment(account)}/scopes/${segment(scope)}`, { method: 'POST' }),
});
