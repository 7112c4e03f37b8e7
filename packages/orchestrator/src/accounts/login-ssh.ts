import { type KeyObject, verify } from 'node:crypto';
import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import { issueToken } from './issue-token.ts';
import { parseSshKey, sshStrings } from './parse-ssh-key.ts';

/** The identity that tokens of an SSH login carry. */
export const SSH_IDENTITY = 'ssh:pubkey';

/** SHA-1 signatures (`ssh-rsa`) are not taken: RFC 8332. */
const hashes: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };

/**
 * A token for a signed challenge: base64 of an SSH signature (algorithm name, signature bytes) by a key that is an
 * identity of the account. The challenge is used up.
 *
 * @throws CannotAuthenticate (401)
 */
export const loginSsh = async (
  lake: Lake,
  login: { account: string; signature: string; appid: string; ip: string },
): Promise<{ token: string; expiresAt: Date }> => {
  const { account, signature, appid, ip } = login;
  const refused = fail(
    'CannotAuthenticate',
    `Cannot authenticate to account ${account} with given credentials.`,
  );
  const parts = signature.length < 8192 ? sshStrings(Buffer.from(signature, 'base64')) : undefined;
  const hash = hashes[parts?.[0]?.toString('latin1') ?? ''];
  const bytes = parts?.[1];
  if (!hash || !bytes) throw refused;
  const now = new Date(lake.clock.now());
  const [found] = await lake.sql<{ challenges: string[]; identities: string[] }[]>`
    select
      array(select challenge from ssh_challenges c where c.account = a.account and c.expires_at >= ${now}) as challenges,
      array(select identity from identity_accounts i where i.account = a.account and i.identity_type = 'SSH') as identities
    from accounts a where account = ${account} and status = 'ACTIVE'`;
  const keys = (found?.identities ?? [])
    .map(parseSshKey)
    .filter((key): key is KeyObject => key !== undefined);
  const signed = found?.challenges.find((challenge) =>
    keys.some((key) => verify(hash, Buffer.from(challenge), key, bytes)),
  );
  if (signed === undefined) throw refused;
  const used = await lake.sql`delete from ssh_challenges where challenge = ${signed} returning challenge`;
  if (used.length === 0) throw refused;
  return issueToken(lake, { account, identity: SSH_IDENTITY, appid, ip });
};
