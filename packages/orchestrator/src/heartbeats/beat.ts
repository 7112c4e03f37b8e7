import type { Lake } from '../lake.ts';

export interface Heartbeat {
  executable: string;
  hostname: string;
  pid: number;
  threadName: string;
  payload: string | null;
}

/**
 * Tells that daemons are alive: one statement whatever their number. Beats of the same executables that are older
 * than `olderThanSeconds` go.
 */
export const beat = async (
  { sql, clock }: Lake,
  beats: readonly Heartbeat[],
  olderThanSeconds = 600,
): Promise<void> => {
  const now = clock.now();
  await sql`
    with told as (
      select * from unnest(
        ${beats.map((b) => b.executable)}::text[], ${beats.map((b) => b.hostname)}::text[], ${beats.map((b) => b.pid)}::int[],
        ${beats.map((b) => b.threadName)}::text[], ${beats.map((b) => b.payload)}::text[]
      ) as t (executable, hostname, pid, thread_name, payload)
    ), gone as (
      delete from heartbeats h using told t
      where h.executable = t.executable and h.updated_at < ${new Date(now - olderThanSeconds * 1000)}
        and (h.hostname, h.pid, h.thread_name) not in (select hostname, pid, thread_name from told)
    )
    insert into heartbeats (executable, hostname, pid, thread_name, payload, created_at, updated_at)
    select distinct on (executable, hostname, pid, thread_name)
      executable, hostname, pid, thread_name, payload, ${new Date(now)}, ${new Date(now)} from told
    on conflict (executable, hostname, pid, thread_name)
    do update set updated_at = excluded.updated_at, payload = excluded.payload`;
};
