import { type Queryable, wireDate } from '@leman/foundation';

interface HeartbeatRow {
  executable: string;
  hostname: string;
  pid: number;
  thread_name: string;
  updated_at: Date;
  created_at: Date;
  payload: string | null;
}

/** All heartbeats, each as `[executable, hostname, pid, thread name, updated, created, payload]`. */
export const listHeartbeats = async (sql: Queryable): Promise<(string | number | null)[][]> => {
  const rows = await sql<HeartbeatRow[]>`
    select executable, hostname, pid, thread_name, updated_at, created_at, payload
    from heartbeats order by executable, hostname, thread_name`;
  return rows.map((row) => [
    row.executable,
    row.hostname,
    row.pid,
    row.thread_name,
    wireDate(row.updated_at),
    wireDate(row.created_at),
    row.payload,
  ]);
};
