import { hash } from 'node:crypto';
import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';

const pythonText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;

/** `datetime.datetime(2026, 11, 20, 5, 54, 6)` */
const pythonDate = (date: Date): string =>
  `datetime.datetime(${[
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ].join(', ')})`;

/**
 * What a token is, as the text that Python prints for a dictionary: that is the answer of the field's /auth/validate.
 * @throws CannotAuthenticate (401)
 */
export const describeToken = async ({ sql, clock }: Lake, token: string): Promise<string> => {
  const [row] = await sql<{ account: string; identity: string; expires_at: Date }[]>`
    select t.account, identity, expires_at from tokens t join accounts using (account)
    where token_sha256 = decode(${hash('sha256', token, 'hex')}, 'hex') and expires_at > ${new Date(clock.now())}
      and status = 'ACTIVE'`;
  if (!row) throw fail('CannotAuthenticate', 'Cannot authenticate with given credentials.');
  return `{'account': ${pythonText(row.account)}, 'identity': ${pythonText(row.identity)}, 'lifetime': ${pythonDate(row.expires_at)}, 'audience': '', 'authz_scope': '', 'vo': 'def'}`;
};
