import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/** Takes a quality of service policy from an RSE, if it has it. */
export const deleteQosPolicy = async ({ sql }: Lake, rse: Rse, policy: string): Promise<void> => {
  await sql`delete from rse_qos_policies where rse_id = ${rse.id} and qos_policy = ${policy}`;
};
