import { randomInt } from 'node:crypto';
import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';

const LIFETIME_MS = 10_000;
const MAX_OPEN = 100;

/**
 * A challenge to be signed with the private key of an SSH identity within 10 s, once.
 * @throws CannotAuthenticate (401) for an unknown account, or one with very many open challenges.
 */
export const issueSshChallenge = async (
  { sql, clock }: Lake,
  account: string,
): Promise<{ challenge: string; expiresAt: Date }> => {
  const now = clock.now();
  const expiresAt = new Date(now + LIFETIME_MS);
  const number = `${randomInt(1, 2 ** 47)}${randomInt(1, 2 ** 47)}`;
  const challenge = `challenge-${number}-${account}-${Math.floor(expiresAt.getTime() / 1000)}`;
  const rows = await sql`
    with expired as (delete from ssh_challenges where account = ${account} and expires_at < ${new Date(now)})
    insert into ssh_challenges (challenge, account, expires_at)
    select ${challenge}, account, ${expiresAt} from accounts
    where account = ${account} and status = 'ACTIVE'
      and (select count(*) from ssh_challenges c where c.account = accounts.account and c.expires_at >= ${new Date(now)}) < ${MAX_OPEN}
    returning challenge`;
  if (rows.length === 0)
    throw fail('CannotAuthenticate', `Cannot generate challenge for account ${account}.`);
  return { challenge, expiresAt };
};
