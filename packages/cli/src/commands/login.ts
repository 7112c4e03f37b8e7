import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createClient } from '@leman/client';
import { replaceFile } from '@leman/tokens';
import type { Context } from '../context.ts';
import { CommandError, explainFailure } from '../exit-codes.ts';
import { ask } from '../prompt.ts';
import { sessionFile } from '../session/find-session.ts';

interface Options {
  username?: string;
  account?: string;
  ca?: string;
}

/** The home of this machine whose lake answers at a URL, for its certificate authority. */
const homeAt = async (url: string, home: string | undefined): Promise<string | undefined> => {
  for (const directory of [home, process.env.LEMAN_HOME, '.leman']) {
    const file = directory && join(directory, 'admin.json');
    if (!file || !existsSync(file)) continue;
    const text = await readFile(file, 'utf8').catch(() => '{}');
    if ((JSON.parse(text) as { url?: string }).url === url) return directory;
  }
  return undefined;
};

/** Logs in with user name and password (asked for, or LEMAN_PASSWORD) and keeps the token, 0600. */
export const login = async (
  context: Context,
  [given]: [string | undefined],
  options: Options,
): Promise<void> => {
  const url = (given ?? (await context.session()).url).replace(/\/+$/, '');
  if (!/^https?:\/\/./.test(url)) {
    throw new CommandError('usage', `"${url}" is no address. Write it like https://lake.example.org.`);
  }
  const username = options.username ?? (await ask('User name: ', { instead: 'give --username' }));
  const password =
    process.env.LEMAN_PASSWORD ?? (await ask('Password: ', { secret: true, instead: 'set LEMAN_PASSWORD' }));
  const client = createClient({ url, userAgent: 'leman-cli' });
  const { token, expires, account } = await client.login({
    username,
    password,
    ...(options.account ? { account: options.account } : {}),
  });
  const home = await homeAt(url, context.home);
  const caFile = options.ca ?? (home ? join(home, 'ca.pem') : undefined);
  const session = { url, account, token, expires, ...(caFile ? { caFile: resolve(caFile) } : {}) };
  replaceFile(sessionFile(), 0o600, `${JSON.stringify(session, null, 2)}\n`);
  await context.out.done({ url, account, expires }, `Logged in at ${url} as ${account}, until ${expires}.`);
};

/**
 * Ends the token of `leman login` at its lake and forgets it. It is forgotten in any case.
 * @throws CommandError (partial) when the lake could not be told.
 */
export const logout = async (context: Context): Promise<void> => {
  const file = sessionFile();
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rm(file, { force: true });
  if (text !== undefined) {
    const { url, token, expires } = JSON.parse(text) as { url: string; token: string; expires: string };
    try {
      await createClient({ url, userAgent: 'leman-cli', token }).logout();
    } catch (error) {
      throw new CommandError(
        'partial',
        `The login is forgotten here, but its token works at ${url} until ${expires}: ${explainFailure(error).message}`,
      );
    }
  }
  await context.out.done({ loggedOut: true }, 'Logged out.');
};
