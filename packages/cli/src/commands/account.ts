import { collect } from '@leman/client';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { ask } from '../prompt.ts';
import { sayBytes, sayCount } from '../terminal/units.ts';

const UNLIMITED = -1;
const factors: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 };

/** Bytes of `5TB`, `500 GB`, `123`; -1 for `unlimited`. */
const readBytes = (text: string): number => {
  if (/^(unlimited|infinity|-1)$/i.test(text)) return UNLIMITED;
  const [, number, prefix] = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)b?$/i.exec(text) ?? [];
  if (number === undefined)
    throw new CommandError('usage', `"${text}" is no size. Write 5TB, 500GB or unlimited.`);
  return Math.round(Number(number) * factors[prefix!.toLowerCase()]!);
};

export const listAccounts = async (context: Context): Promise<void> => {
  const client = await context.client();
  await context.out.rows(
    client.accounts.list(),
    [
      { title: 'ACCOUNT', text: ({ account }) => account },
      { title: 'TYPE', text: ({ type }) => type },
      { title: 'EMAIL', text: ({ email }) => email || '-' },
    ],
    'There is no account.',
  );
};

/** One account: what it may keep where, and what it keeps. */
export const showAccount = async (context: Context, [word]: [string | undefined]): Promise<void> => {
  const client = await context.client();
  const account = await client.accounts.get(word ?? (await context.session()).account);
  const usage = await collect(client.accounts.usage(account.account));
  if (context.json) {
    await context.out.item({ ...account, usage }, []);
    return;
  }
  await context.out.item(account, [
    ['Account', account.account],
    ['Type', account.account_type],
    ['State', account.status],
    ['Email', account.email || '-'],
  ]);
  await context.out.text('');
  await context.out.rows(
    usage,
    [
      { title: 'RSE', text: ({ rse }) => rse },
      { title: 'FILES', text: ({ files }) => sayCount(files), right: true },
      { title: 'USED', text: ({ bytes }) => sayBytes(bytes), right: true },
      { title: 'LIMIT', text: ({ bytes_limit }) => sayBytes(bytes_limit), right: true },
    ],
    'It keeps nothing and has no limits.',
  );
};

export const addAccount = async (
  context: Context,
  [account]: [string],
  options: { type: string; email?: string },
): Promise<void> => {
  const type = options.type.toUpperCase();
  if (type !== 'USER' && type !== 'GROUP' && type !== 'SERVICE') {
    throw new CommandError('usage', `--type must be USER, GROUP or SERVICE, not "${options.type}".`);
  }
  const client = await context.client();
  await client.accounts.add(account, type, options.email);
  await context.out.done(
    { account, type },
    `Made account ${account}. Give it a login: leman account password ${account}.`,
  );
};

/** Gives an account a user name and a password. */
export const setPassword = async (
  context: Context,
  [account]: [string],
  options: { username?: string },
): Promise<void> => {
  const password =
    process.env.LEMAN_PASSWORD ??
    (await ask(`Password for ${account}: `, { secret: true, instead: 'set LEMAN_PASSWORD' }));
  const client = await context.client();
  const identity = options.username ?? account;
  const { email } = await client.accounts.get(account);
  await client.accounts.addIdentity(account, {
    identity,
    authtype: 'USERPASS',
    email: email ?? '',
    password,
    default: true,
  });
  await context.out.done({ account, username: identity }, `${account} logs in as ${identity} now.`);
};

export const setLimit = async (
  context: Context,
  [account, rse, size]: [string, string, string],
): Promise<void> => {
  const bytes = readBytes(size);
  const client = await context.client();
  await client.accounts.setLimit(account, rse, bytes);
  await context.out.done(
    { account, rse, bytes },
    `${account} may keep ${bytes === UNLIMITED ? 'any amount' : sayBytes(bytes)} at ${rse}.`,
  );
};
