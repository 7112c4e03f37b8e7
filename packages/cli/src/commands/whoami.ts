import type { Context } from '../context.ts';

/** Which lake the commands speak with, and who one is there. */
export const whoami = async (context: Context): Promise<void> => {
  const { url, from } = await context.session();
  const client = await context.client();
  const account = await client.accounts.whoami();
  await context.out.item({ ...account, url, from }, [
    ['Account', `${account.account} (${account.account_type}, ${account.status})`],
    ['Lake', url],
    ['Login of', from],
  ]);
};
