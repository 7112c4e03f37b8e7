import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/**
 * Gives an RSE a quality of service policy.
 * @throws InvalidObject (400), Duplicate (409)
 */
export const addQosPolicy = async ({ sql }: Lake, rse: Rse, policy: string): Promise<void> => {
  if (policy.length > 64) throw fail('InvalidObject', 'A QoS policy has at most 64 characters.');
  const rows = await sql`
    insert into rse_qos_policies (rse_id, qos_policy) values (${rse.id}, ${policy}) on conflict do nothing returning rse_id`;
  if (rows.length === 0) throw fail('Duplicate', `QoS policy ${policy} already exists!`);
};
