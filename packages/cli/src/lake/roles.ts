import { fail } from '@leman/contracts';
import type { Config } from '@leman/foundation/config';

/** What one process of Leman does; `leman up` does all of it. */
export interface Roles {
  database: boolean;
  api: boolean;
  daemons: boolean;
  transfer: boolean;
  /** RSEs of the storages it runs. */
  storages: string[];
}

/** All roles in one process. With a database of somebody else there is none to run. */
export const allRoles = (config: Config): Roles => ({
  database: config.databaseUrl === undefined,
  api: true,
  daemons: true,
  transfer: true,
  storages: config.storages.map(({ rse }) => rse),
});

/**
 * Reads `api,daemons,transfer,storage,storage:BETA-DISK,database`.
 * @throws ConfigurationError for a word that is no role, or a storage that is not configured.
 */
export const parseRoles = (text: string, config: Config): Roles => {
  const roles: Roles = { database: false, api: false, daemons: false, transfer: false, storages: [] };
  const known = config.storages.map(({ rse }) => rse);
  for (const word of text.split(',').map((part) => part.trim())) {
    const one = word.startsWith('storage:') ? word.slice('storage:'.length) : undefined;
    if (word === 'storage') roles.storages.push(...known);
    else if (one !== undefined && known.includes(one)) roles.storages.push(one);
    else if (word === 'database' || word === 'api' || word === 'daemons' || word === 'transfer')
      roles[word] = true;
    else {
      throw fail(
        'ConfigurationError',
        `There is no role "${word}". There are: database, api, daemons, transfer, storage, ${known.map((rse) => `storage:${rse}`).join(', ')}.`,
      );
    }
  }
  roles.storages = [...new Set(roles.storages)];
  return roles;
};

/** The names that a process of these roles holds in its home. */
export const lockNames = (roles: Roles): string[] => [
  ...(['database', 'api', 'daemons', 'transfer'] as const).filter((role) => roles[role]),
  ...roles.storages.map((rse) => `storage:${rse}`),
];
