import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import type { Parameters } from '../server/parameters.ts';
import { importAccounts } from './import-accounts.ts';
import { importDistances } from './import-distances.ts';
import { importRses } from './import-rses.ts';

/** A dictionary of dictionaries, or nothing. */
const dictionary = (body: Parameters, key: string): Record<string, Parameters> => {
  const value = body[key] ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw fail('InvalidObject', `'${key}' must be a dictionary.`);
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw fail('InvalidObject', `'${name}' in '${key}' must be a dictionary.`);
    }
  }
  return value as Record<string, Parameters>;
};

/**
 * Takes in RSEs, distances and accounts: what is new is made, what is there is changed, nothing is removed. All of it
 * or nothing.
 *
 * @throws InvalidObject (400) and what adding them one by one would throw.
 */
export const importData = async (lake: Lake, body: Parameters): Promise<void> => {
  const rses = dictionary(body, 'rses');
  const distances = dictionary(body, 'distances');
  const accounts = body.accounts ?? [];
  if (!Array.isArray(accounts)) throw fail('InvalidObject', "'accounts' must be a list.");
  const now = new Date(lake.clock.now());
  await lake.sql.begin(async (tx) => {
    await importRses(tx, rses, now);
    await importDistances(tx, distances, now);
    await importAccounts(tx, accounts, now);
  });
  lake.wakeups.wake('rses');
  if (accounts.length > 0) lake.wakeups.wake('accounts');
};
