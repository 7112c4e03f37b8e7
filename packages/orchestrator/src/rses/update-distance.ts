import type { Lake } from '../lake.ts';
import { type DistanceChange, directions } from './add-distance.ts';

/** Changes the distance of two RSEs that are connected; others stay unconnected. */
export const updateDistance = async (
  { sql, clock, wakeups }: Lake,
  change: DistanceChange,
  distance: number,
): Promise<void> => {
  const { from, to } = directions(change);
  await sql`
    update distances set distance = ${distance}, updated_at = ${new Date(clock.now())}
    from unnest(${from}::uuid[], ${to}::uuid[]) as d (src, dest) where src_rse_id = src and dest_rse_id = dest`;
  wakeups.wake('rses');
};
