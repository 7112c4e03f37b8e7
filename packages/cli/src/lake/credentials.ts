import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { replaceFile } from '@leman/tokens';
import type { Home } from './home.ts';
import type { Plan } from './plan.ts';

/** The root account of a home, as HOME/admin.json holds it (0600). */
export interface AdminCredentials {
  url: string;
  account: string;
  username: string;
  password: string;
}

const PRIVATE = 0o600;

/** HOME/admin.json; undefined when there is none yet. */
export const readAdmin = async (home: Home): Promise<AdminCredentials | undefined> => {
  const text = await readFile(home.adminFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as AdminCredentials);
};

/**
 * The credentials of the root account: made at the first start (or given by LEMAN_ADMIN_PASSWORD), kept in
 * HOME/admin.json, and written as HOME/rucio.cfg for the clients of the field. Both follow the address of the lake.
 */
export const ensureAdmin = async (
  home: Home,
  plan: Plan,
  preset: string | undefined,
): Promise<AdminCredentials> => {
  const known = await readAdmin(home);
  const admin: AdminCredentials = {
    url: plan.lake.url,
    account: known?.account ?? 'root',
    username: known?.username ?? 'root',
    password: preset ?? known?.password ?? randomBytes(12).toString('base64url'),
  };
  replaceFile(home.adminFile, PRIVATE, `${JSON.stringify(admin, null, 2)}\n`);
  const config = [
    '# Written by leman up. RUCIO_CONFIG=this file makes the clients of the field work with this lake.',
    '[client]',
    `rucio_host = ${plan.lake.url}`,
    `auth_host = ${plan.lake.url}`,
    'auth_type = userpass',
    `username = ${admin.username}`,
    // The file is read with interpolation: a percent sign stands doubled.
    `password = ${admin.password.replaceAll('%', '%%')}`,
    `account = ${admin.account}`,
    `ca_cert = ${home.caFile}`,
    'request_retries = 3',
    '',
  ];
  replaceFile(home.rucioConfigFile, PRIVATE, config.join('\n'));
  return admin;
};
