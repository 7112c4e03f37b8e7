import { fail } from '@leman/contracts';
import type { Rse, RseDirectory } from './rse-directory.ts';

/**
 * The RSE of that name.
 * @throws RSENotFound (404)
 */
export const findRse = (directory: RseDirectory, name: string): Rse => {
  const rse = directory.byName.get(name);
  if (!rse) throw fail('RSENotFound', `RSE '${name}' cannot be found. GET /rses/ lists those that exist.`);
  return rse;
};
