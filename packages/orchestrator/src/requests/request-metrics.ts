import type { Sql } from '@leman/foundation';
import type { RseDirectory } from '../rses/rse-directory.ts';

export interface MetricsFilter {
  sourceId?: string | undefined;
  destinationId?: string | undefined;
  activity?: string | undefined;
  /** Links between values of this RSE attribute instead of between RSEs. */
  groupBy?: string | undefined;
}

interface Side {
  queued: Record<string, number>;
  done: Record<string, Record<string, number>>;
  failed: Record<string, Record<string, number>>;
  [total: string]: number | Record<string, number> | Record<string, Record<string, number>>;
}

interface LinkMetrics {
  src_rse: string;
  dst_rse: string;
  distance?: number;
  files: Side;
  bytes: Side;
}

const emptySide = (): Side => ({ queued: {}, done: {}, failed: {} });

/**
 * Per link: files and bytes queued, and done and failed in the last 1 and 6 hours by activity, in the field's shape
 * (keys `queued-total`, `done-total-1h`, ...). Two aggregating queries.
 */
export const requestMetrics = async (
  sql: Sql,
  directory: RseDirectory,
  filter: MetricsFilter,
  now: Date,
): Promise<Map<string, LinkMetrics>> => {
  const source = filter.sourceId ?? null;
  const destination = filter.destinationId ?? null;
  const activity = filter.activity ?? null;
  const [queued, ended] = await Promise.all([
    sql<{ source: string; destination: string; activity: string; files: number; bytes: number }[]>`
      select source_rse_id as source, dest_rse_id as destination, activity, count(*) as files, sum(bytes)::bigint as bytes
      from requests
      where state in ('Q', 'G', 'S') and source_rse_id is not null
        and (${source}::uuid is null or source_rse_id = ${source}) and (${destination}::uuid is null or dest_rse_id = ${destination})
        and (${activity}::text is null or activity = ${activity})
      group by 1, 2, 3`,
    sql<
      {
        source: string;
        destination: string;
        activity: string;
        done: boolean;
        hours: string;
        files: number;
        bytes: number;
      }[]
    >`
      with groups as (
        select source_rse_id as source, dest_rse_id as destination, coalesce(activity, '') as activity, state = 'D' as done,
          created_at > ${now}::timestamptz - interval '1 hour' as recent, count(*) as files, sum(bytes) as bytes
        from requests_history
        where created_at > ${now}::timestamptz - interval '6 hours' and source_rse_id is not null
          and (${source}::uuid is null or source_rse_id = ${source}) and (${destination}::uuid is null or dest_rse_id = ${destination})
          and (${activity}::text is null or activity = ${activity})
        group by 1, 2, 3, 4, 5
      )
      select source, destination, activity, done, hours, sum(files)::bigint as files, coalesce(sum(bytes), 0)::bigint as bytes
      from groups join unnest(array['1h', '6h']) hours on hours = '6h' or recent
      group by 1, 2, 3, 4, 5`,
  ]);
  const links = new Map<string, LinkMetrics>();
  const labelOf = (id: string): string | undefined => {
    const rse = directory.byId.get(id);
    return filter.groupBy ? rse?.attributes.get(filter.groupBy) : rse?.rse;
  };
  const linkOf = (from: string, to: string): LinkMetrics | undefined => {
    const [src_rse, dst_rse] = [labelOf(from), labelOf(to)];
    if (src_rse === undefined || dst_rse === undefined) return undefined;
    const key = `${src_rse}:${dst_rse}`;
    let link = links.get(key);
    if (!link) {
      link = { src_rse, dst_rse, files: emptySide(), bytes: emptySide() };
      links.set(key, link);
    }
    const distance = directory.distance(from, to);
    if (distance !== undefined) link.distance = Math.min(link.distance ?? distance, distance);
    return link;
  };
  const add = (side: Side, key: string, amount: number) => {
    side[key] = ((side[key] as number | undefined) ?? 0) + amount;
  };
  for (const row of queued) {
    const link = linkOf(row.source, row.destination);
    for (const [side, amount] of link
      ? ([
          [link.files, row.files],
          [link.bytes, row.bytes],
        ] as const)
      : []) {
      side.queued[row.activity] = (side.queued[row.activity] ?? 0) + amount;
      add(side, 'queued-total', amount);
    }
  }
  for (const row of ended) {
    const link = linkOf(row.source, row.destination);
    const outcome = row.done ? 'done' : 'failed';
    for (const [side, amount] of link
      ? ([
          [link.files, row.files],
          [link.bytes, row.bytes],
        ] as const)
      : []) {
      const byActivity = side[outcome];
      byActivity[row.activity] ??= {};
      byActivity[row.activity]![row.hours] = (byActivity[row.activity]![row.hours] ?? 0) + amount;
      add(side, `${outcome}-total-${row.hours}`, amount);
    }
  }
  return links;
};
