import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/** One direction, or both. */
export interface DistanceChange {
  source: Rse;
  destination: Rse;
  bidirectional: boolean;
}

export const directions = ({
  source,
  destination,
  bidirectional,
}: DistanceChange): { from: string[]; to: string[] } =>
  bidirectional && source.id !== destination.id
    ? { from: [source.id, destination.id], to: [destination.id, source.id] }
    : { from: [source.id], to: [destination.id] };

/**
 * Connects two RSEs. Nothing changes when one of the directions is there already.
 * @throws Duplicate (409)
 */
export const addDistance = async (
  { sql, clock, wakeups }: Lake,
  change: DistanceChange,
  distance: number,
): Promise<void> => {
  const { from, to } = directions(change);
  const now = new Date(clock.now());
  const rows = await sql`
    insert into distances (src_rse_id, dest_rse_id, distance, created_at, updated_at)
    select src, dest, ${distance}, ${now}, ${now} from unnest(${from}::uuid[], ${to}::uuid[]) as d (src, dest)
    where not exists (
      select from distances x join unnest(${from}::uuid[], ${to}::uuid[]) as y (src, dest)
        on x.src_rse_id = y.src and x.dest_rse_id = y.dest)
    on conflict do nothing returning distance`;
  if (rows.length === 0) {
    throw fail(
      'Duplicate',
      `Distance from ${change.source.rse} to ${change.destination.rse} already exists! PUT changes it.`,
    );
  }
  wakeups.wake('rses');
};
