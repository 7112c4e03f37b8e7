import type { Context } from '../context.ts';

export const listScopes = async (context: Context): Promise<void> => {
  const client = await context.client();
  await context.out.rows(
    await client.scopes.owners(),
    [
      { title: 'SCOPE', text: ({ scope }) => scope },
      { title: 'OWNER', text: ({ account }) => account },
    ],
    'There is no scope yet. Make one: leman scope add NAME.',
  );
};

export const addScope = async (
  context: Context,
  [scope]: [string],
  options: { account?: string },
): Promise<void> => {
  const client = await context.client();
  const account = options.account ?? (await context.session()).account;
  await client.scopes.add(account, scope);
  await context.out.done({ scope, account }, `Made scope ${scope} of ${account}.`);
};
