import type { GoodCall } from './world.ts';

/** Accounts, their limits, the settings of the lake. */
export const accountsCalls: readonly GoodCall[] = [
  {
    route: 'POST /accounts/:account',
    params: ({ fresh }) => ({ account: fresh() }),
    body: () => ({ type: 'USER', email: 'a@example.org' }),
    needs: ['type', 'email'],
  },
  {
    route: 'PUT /accounts/:account',
    params: () => ({ account: 'guest' }),
    body: () => ({ status: 'ACTIVE', email: 'b@example.org', account_type: 'USER' }),
  },
  {
    route: 'POST /accounts/:account/attr/:key',
    params: ({ fresh }) => ({ account: 'guest', key: fresh() }),
    body: () => ({ value: 'x' }),
    needs: ['value'],
  },
  {
    route: 'POST /accounts/:account/identities',
    params: () => ({ account: 'guest' }),
    body: ({ fresh }) => ({
      identity: fresh(),
      authtype: 'USERPASS',
      email: 'c@example.org',
      password: 'a long password',
      default: false,
    }),
    needs: ['identity', 'authtype', 'email', 'password'],
  },
  {
    route: 'DELETE /accounts/:account/identities',
    params: () => ({ account: 'guest' }),
    body: () => ({ identity: 'nobody', authtype: 'USERPASS' }),
    refused: true,
  },
  { route: 'POST /config', body: () => ({ section: { option: 'value' } }) },
  {
    route: 'POST /meta_conventions/:key',
    params: ({ fresh }) => ({ key: fresh() }),
    body: () => ({ key_type: 'ALL', value_type: null, value_regexp: '^a+$' }),
  },
  {
    route: 'POST /meta_conventions/:key',
    params: () => ({ key: 'colours' }),
    body: ({ fresh }) => ({ value: fresh() }),
    needs: [],
  },
  {
    route: 'POST /heartbeats',
    body: () => ({ executable: 'x', hostname: 'h', pid: 7, older_than: 600, payload: 'p' }),
    needs: ['executable', 'hostname', 'pid'],
  },
  ...[
    '/accounts/:account/limits/local/:rse',
    '/accountlimits/local/:account/:rse',
    '/accountlimits/:account/:rse',
    '/accounts/:account/limits/global/:expression',
    '/accountlimits/global/:account/:expression',
  ].map((path) => ({
    route: `POST ${path}`,
    params: () => ({ account: 'guest', rse: 'ONE', expression: 'ONE' }),
    body: () => ({ bytes: 1000 }),
    needs: ['bytes'],
  })),
];
