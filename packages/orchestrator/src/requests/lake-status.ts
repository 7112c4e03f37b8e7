import { type LakeStatus, type LakeStatusLink, sayReason } from '@leman/contracts';
import type { Sql } from '@leman/foundation';
import { type Breaker, listBreakers } from '../rses/list-breakers.ts';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';
import { queueBacklog } from './queue-backlog.ts';

/** A daemon that has not beaten for that long counts as gone. */
const ALIVE_MS = 120_000;

interface Usage {
  rse_id: string;
  files: number | null;
  bytes: number | null;
  used: number | null;
  free: number | null;
}

const usageOf = (sql: Sql) => sql<Usage[]>`
  select r.id as rse_id, c.files, c.bytes, u.used, u.free
  from rses r left join rse_counters_now c on c.rse_id = r.id
  left join rse_usage u on u.rse_id = r.id and u.source = 'storage'
  where r.deleted_at is null`;

const queueOf = (sql: Sql) => sql<
  {
    state: string;
    reason: string;
    source: string | null;
    destination: string;
    files: number;
    bytes: number;
  }[]
>`
  select state, reason, case when state in ('G', 'S') then source_rse_id end as source, dest_rse_id as destination,
    count(*) as files, sum(bytes)::bigint as bytes
  from requests where state in ('Q', 'G', 'S', 'N', 'W') group by 1, 2, 3, 4`;

const linksOf = (sql: Sql, now: Date) => sql<
  {
    source: string;
    destination: string;
    done: number;
    failed: number;
    bytes: number;
    done_15: number;
    failed_15: number;
    bytes_15: number;
  }[]
>`
  select source_rse_id as source, dest_rse_id as destination,
    count(*) filter (where state = 'D') as done, count(*) filter (where state <> 'D') as failed,
    coalesce(sum(bytes) filter (where state = 'D'), 0)::bigint as bytes,
    count(*) filter (where state = 'D' and recent) as done_15, count(*) filter (where state <> 'D' and recent) as failed_15,
    coalesce(sum(bytes) filter (where state = 'D' and recent), 0)::bigint as bytes_15
  from (select *, created_at > ${now}::timestamptz - interval '15 minutes' as recent from requests_history
        where created_at > ${now}::timestamptz - interval '1 hour' and source_rse_id is not null) h
  group by 1, 2`;

const throughputOf = (sql: Sql, now: Date) => sql<
  { at: Date; done: number; failed: number; bytes: number }[]
>`
  select date_bin('10 seconds', created_at, 'epoch'::timestamptz) as at,
    count(*) filter (where state = 'D') as done, count(*) filter (where state <> 'D') as failed,
    coalesce(sum(bytes) filter (where state = 'D'), 0)::bigint as bytes
  from requests_history where created_at > ${now}::timestamptz - interval '15 minutes'
  group by 1 order by 1`;

const daemonsOf = (sql: Sql, now: Date) => sql<{ name: string; beat_at: Date }[]>`
  select executable as name, max(updated_at) as beat_at from heartbeats
  where updated_at > ${now}::timestamptz - interval '1 day' group by executable order by executable`;

const wireRse = (
  rse: Rse,
  usage: Usage | undefined,
  breaker: Breaker | undefined,
): LakeStatus['rses'][number] => {
  const [files, bytes] = [usage?.files ?? 0, usage?.bytes ?? 0];
  const told = usage?.used !== null && usage?.used !== undefined;
  return {
    rse: rse.rse,
    site: rse.attributes.get('site') ?? null,
    rse_type: rse.rse_type,
    source: told ? 'storage' : 'rucio',
    used: told ? usage.used! : bytes,
    free: told ? usage.free : null,
    files,
    bytes,
    availability_read: rse.availability_read,
    availability_write: rse.availability_write,
    availability_delete: rse.availability_delete,
    closed_itself: breaker ? sayReason(breaker.reason, breaker.facts) : null,
  };
};

const SENT = new Set(['G', 'S']);
const HELD = new Set(['N', 'W']);

/** How the lake is now: a handful of aggregating queries side by side. The caller caches. */
export const lakeStatus = async (sql: Sql, directory: RseDirectory, now: Date): Promise<LakeStatus> => {
  const [usage, queue, ended, throughput, daemons, backlog, breakers] = await Promise.all([
    usageOf(sql),
    queueOf(sql),
    linksOf(sql, now),
    throughputOf(sql, now),
    daemonsOf(sql, now),
    queueBacklog(sql, now),
    listBreakers(sql),
  ]);
  const usages = new Map(usage.map((row) => [row.rse_id, row]));
  const closed = new Map(breakers.map((breaker) => [breaker.rse_id, breaker]));
  const transfers: LakeStatus['transfers'] = {
    queued: 0,
    queued_bytes: 0,
    submitted: 0,
    submitted_bytes: 0,
    waiting: [],
  };
  const waiting = new Map<string, { reason: string; files: number; bytes: number }>();
  const links = new Map<string, LakeStatusLink>();
  const none = () => ({ done: 0, failed: 0, bytes: 0 });
  const linkOf = (source: string, destination: string): LakeStatusLink | undefined => {
    const [from, to] = [directory.byId.get(source)?.rse, directory.byId.get(destination)?.rse];
    if (!from || !to) return undefined;
    let link = links.get(source + destination);
    if (!link) {
      link = { source: from, destination: to, active: 0, last_15m: none(), last_1h: none() };
      links.set(source + destination, link);
    }
    return link;
  };
  for (const row of queue) {
    if (SENT.has(row.state)) {
      transfers.submitted += row.files;
      transfers.submitted_bytes += row.bytes;
      const link = row.source ? linkOf(row.source, row.destination) : undefined;
      if (link) link.active += row.files;
    } else if (HELD.has(row.state) || row.reason !== 'QUEUED') {
      const same = waiting.get(row.reason) ?? { reason: row.reason, files: 0, bytes: 0 };
      same.files += row.files;
      same.bytes += row.bytes;
      waiting.set(row.reason, same);
    } else {
      transfers.queued += row.files;
      transfers.queued_bytes += row.bytes;
    }
  }
  transfers.waiting = [...waiting.values()].sort((a, b) => b.files - a.files);
  for (const row of ended) {
    const link = linkOf(row.source, row.destination);
    if (!link) continue;
    link.last_1h = { done: row.done, failed: row.failed, bytes: row.bytes };
    link.last_15m = { done: row.done_15, failed: row.failed_15, bytes: row.bytes_15 };
  }
  return {
    as_of: now.toISOString(),
    rses: directory.all.map((rse) => wireRse(rse, usages.get(rse.id), closed.get(rse.id))),
    transfers,
    links: [...links.values()].sort((a, b) =>
      a.source === b.source ? (a.destination < b.destination ? -1 : 1) : a.source < b.source ? -1 : 1,
    ),
    throughput: throughput.map((row) => ({ ...row, at: row.at.toISOString() })),
    daemons: daemons.map(({ name, beat_at }) => ({
      name,
      alive: now.getTime() - beat_at.getTime() < ALIVE_MS,
      beat_at: beat_at.toISOString(),
    })),
    backlog,
  };
};
