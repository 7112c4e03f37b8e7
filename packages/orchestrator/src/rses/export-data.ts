import { wireAttribute } from '../accounts/attribute-value.ts';
import type { Lake } from '../lake.ts';
import type { WireDistance } from './list-distances.ts';
import type { RseDirectory } from './rse-directory.ts';
import { wireRseColumns, wireRseSettings } from './wire-rse.ts';

const left = new Set(['continent', 'ASN', 'ISP', 'deleted', 'deleted_at']);

/** All RSEs by name, and their distances by names if wished: what `POST /import` takes. */
export const exportData = async (
  { sql }: Lake,
  directory: RseDirectory,
  options: { distances: boolean },
): Promise<Record<string, unknown>> => {
  const rses = Object.fromEntries(
    directory.all.map((rse) => {
      const { lfn2pfn_algorithm, verify_checksum, credentials, protocols } = wireRseSettings(rse);
      const columns = Object.fromEntries(
        Object.entries(wireRseColumns(rse)).filter(([key]) => !left.has(key)),
      );
      const attributes = Object.fromEntries(
        [...rse.attributes].map(([key, value]) => [key, wireAttribute(value)]),
      );
      const minFreeSpace = rse.limits.get('MinFreeSpace') ?? null;
      return [
        rse.rse,
        {
          ...columns,
          attributes,
          lfn2pfn_algorithm,
          verify_checksum,
          credentials,
          protocols,
          MinFreeSpace: minFreeSpace,
        },
      ];
    }),
  );
  if (!options.distances) return { rses };
  const rows = await sql<WireDistance[]>`
    select src_rse_id, dest_rse_id, distance, distance as ranking, created_at, updated_at from distances`;
  const distances: Record<string, Record<string, WireDistance>> = {};
  for (const row of rows) {
    const source = directory.byId.get(row.src_rse_id);
    const destination = directory.byId.get(row.dest_rse_id);
    if (!source || !destination) continue;
    distances[source.rse] ??= {};
    distances[source.rse]![destination.rse] = row;
  }
  return { rses, distances };
};
