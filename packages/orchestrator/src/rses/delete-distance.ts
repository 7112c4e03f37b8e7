import type { Lake } from '../lake.ts';
import { type DistanceChange, directions } from './add-distance.ts';

/** Disconnects two RSEs, if they are connected. */
export const deleteDistance = async ({ sql, wakeups }: Lake, change: DistanceChange): Promise<void> => {
  const { from, to } = directions(change);
  await sql`
    delete from distances using unnest(${from}::uuid[], ${to}::uuid[]) as d (src, dest)
    where src_rse_id = src and dest_rse_id = dest`;
  wakeups.wake('rses');
};
