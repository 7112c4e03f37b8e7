import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

export interface WireDistance {
  src_rse_id: string;
  dest_rse_id: string;
  distance: number;
  /** The same number: older clients read it under this name. */
  ranking: number;
  created_at: Date;
  updated_at: Date;
}

/** The distance from one RSE to another: a list of one, or none. */
export const listDistances = async (
  { sql }: Lake,
  source: Rse,
  destination: Rse,
): Promise<Record<string, unknown>[]> => {
  const rows = await sql<WireDistance[]>`
    select src_rse_id, dest_rse_id, distance, distance as ranking, created_at, updated_at
    from distances where src_rse_id = ${source.id} and dest_rse_id = ${destination.id}`;
  return rows.map((row) => ({ ...row, src_rse: source.rse, dest_rse: destination.rse }));
};
