import type { Lake } from '../lake.ts';

const MAX_TRACES = 10_000;

/**
 * Keeps what clients say they did, with the time and the address it came from, and notes the access to the file, the
 * dataset and their copies. Traces are hints: what names nothing known is kept all the same.
 * @throws nothing for content; the caller checks that they are dictionaries
 */
export const receiveTraces = async (
  lake: Lake,
  traces: readonly Record<string, unknown>[],
  ip: string,
): Promise<void> => {
  const now = new Date(lake.clock.now());
  const kept = traces
    .slice(0, MAX_TRACES)
    .map((trace) => ({ ...trace, traceIp: ip, traceTimeentryUnix: now.getTime() / 1000 }));
  await lake.sql`
    with kept as (
      insert into traces (received_at, trace)
      select ${now}::timestamptz, trace::jsonb from unnest(${kept.map((trace) => JSON.stringify(trace))}::text[]) as t (trace)
      returning trace
    ), touched as materialized (
      select distinct d.id
      from kept join dids d on (d.scope, d.name) in (
        (trace ->> 'scope', trace ->> 'filename'), (coalesce(trace ->> 'datasetScope', trace ->> 'scope'), trace ->> 'dataset'))
      where trace ->> 'eventType' in ('get', 'get_sm', 'download', 'touch', 'sm_get')
        and coalesce(trace ->> 'clientState', 'DONE') in ('DONE', 'ALREADY_DONE', 'SERVICE_AVAILABLE')
    ), files as (
      update replicas r set accessed_at = ${now}::timestamptz
      from kept join dids d on d.scope = trace ->> 'scope' and d.name = trace ->> 'filename'
      join rses on rses.rse = coalesce(trace ->> 'remoteSite', trace ->> 'rse') and rses.deleted_at is null
      where r.did_id = d.id and r.rse_id = rses.id and d.id in (select id from touched)
    )
    update dids set accessed_at = ${now}::timestamptz, access_cnt = coalesce(access_cnt, 0) + 1
    where id in (select id from touched)`;
};
