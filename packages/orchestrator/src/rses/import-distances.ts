import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { optionalInteger, type Parameters } from '../server/parameters.ts';

const MAX_DISTANCE = 2 ** 31 - 1;

/**
 * Sets distances, `{source: {destination: {distance}}}`: one statement.
 * @throws RSENotFound (404), InvalidObject (400)
 */
export const importDistances = async (
  tx: Transaction,
  entries: Record<string, Parameters>,
  now: Date,
): Promise<void> => {
  const wanted = Object.entries(entries).flatMap(([source, destinations]) =>
    Object.entries(destinations).map(([destination, details]) => {
      if (typeof details !== 'object' || details === null) {
        throw fail('InvalidObject', `The distance from ${source} to ${destination} must be a dictionary.`);
      }
      const bounds = { min: 0, max: MAX_DISTANCE };
      const distance =
        optionalInteger(details as Parameters, 'distance', bounds) ??
        optionalInteger(details as Parameters, 'ranking', bounds);
      if (distance === undefined)
        throw fail('InvalidObject', `The distance from ${source} to ${destination} is missing.`);
      return { source, destination, distance };
    }),
  );
  if (wanted.length === 0) return;
  const names = [...new Set(wanted.flatMap(({ source, destination }) => [source, destination]))];
  const [missing] = await tx<{ rse: string }[]>`
    select n.rse from unnest(${names}::text[]) as n (rse)
    where not exists (select from rses r where r.rse = n.rse and r.deleted_at is null) limit 1`;
  if (missing)
    throw fail('RSENotFound', `RSE '${missing.rse}' cannot be found; its distances cannot be set.`);
  await tx`
    insert into distances (src_rse_id, dest_rse_id, distance, created_at, updated_at)
    select s.id, d.id, w.distance, ${now}, ${now}
    from unnest(${wanted.map((w) => w.source)}::text[], ${wanted.map((w) => w.destination)}::text[],
      ${wanted.map((w) => w.distance)}::int[]) as w (source, destination, distance)
    join rses s on s.rse = w.source and s.deleted_at is null
    join rses d on d.rse = w.destination and d.deleted_at is null
    on conflict (src_rse_id, dest_rse_id) do update set distance = excluded.distance, updated_at = excluded.updated_at`;
};
