import { type Client, createClient, parseDate } from '@leman/client';
import { CommandError } from '../exit-codes.ts';
import type { Session } from './find-session.ts';

/**
 * A client of the lake of a session.
 * @throws CommandError when the login has ended.
 */
export const connect = (session: Session): Client => {
  const end = parseDate(session.expires);
  if (session.token && end && end.getTime() < Date.now()) {
    throw new CommandError(
      'denied',
      `Your login at ${session.url} has ended. Log in again: "leman login ${session.url}".`,
    );
  }
  return createClient({
    url: session.url,
    userAgent: 'leman-cli',
    ...(session.token ? { token: session.token } : {}),
    ...(session.username && session.password
      ? { login: { username: session.username, password: session.password, account: session.account } }
      : {}),
  });
};
