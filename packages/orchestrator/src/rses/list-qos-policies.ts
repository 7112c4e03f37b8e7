import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/** Quality of service policies of an RSE. */
export const listQosPolicies = async ({ sql }: Lake, rse: Rse): Promise<string[]> =>
  (
    await sql<
      { qos_policy: string }[]
    >`select qos_policy from rse_qos_policies where rse_id = ${rse.id} order by qos_policy`
  ).map((row) => row.qos_policy);
