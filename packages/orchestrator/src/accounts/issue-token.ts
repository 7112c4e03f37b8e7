import { hash, randomBytes } from 'node:crypto';
import type { Lake } from '../lake.ts';

/**
 * A new Rucio token, `<account>-<identity>-<appid>-<32 hex>`; only its SHA-256 is kept. Expired tokens of the account
 * go at the same time.
 */
export const issueToken = async (
  lake: Lake,
  request: { account: string; identity: string; appid: string; ip: string },
): Promise<{ token: string; expiresAt: Date }> => {
  const { account, identity, appid, ip } = request;
  const now = lake.clock.now();
  const expiresAt = new Date(now + lake.settings.tokenLifetime * 1000);
  const token = `${account}-${identity}-${appid}-${randomBytes(16).toString('hex')}`;
  await lake.sql`
    with expired as (delete from tokens where account = ${account} and expires_at < ${new Date(now)})
    insert into tokens (token_sha256, account, identity, ip, created_at, expires_at)
    values (decode(${hash('sha256', token, 'hex')}, 'hex'), ${account}, ${identity}, ${ip}, ${new Date(now)}, ${expiresAt})`;
  return { token, expiresAt };
};
