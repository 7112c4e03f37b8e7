import { hash } from 'node:crypto';
import type { Lake } from '../lake.ts';

/** Ends a token before its time, in every process. An unknown one is none of anybody's. */
export const revokeToken = async ({ sql, wakeups }: Lake, token: string): Promise<void> => {
  const rows =
    await sql`delete from tokens where token_sha256 = decode(${hash('sha256', token, 'hex')}, 'hex') returning account`;
  if (rows.length > 0) wakeups.wake('accounts');
};
