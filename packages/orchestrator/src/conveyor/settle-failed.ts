import type { Facts } from '@leman/contracts';
import { sayReason } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { settleLocks } from '../locks/settle-locks.ts';
import type { EndedRequest } from './claim-ended.ts';
import type { ConveyorSettings } from './conveyor-settings.ts';
import { decideFailure } from './decide-failure.ts';
import type { Settled } from './settle-done.ts';
import { suspectSources } from './suspect-sources.ts';

/**
 * Settles failed attempts: most are queued again with a growing wait, the source that failed last in line; those that
 * were tried often enough, or cannot succeed, lose their request and their locks turn STUCK with the reason. Sources
 * that lost or spoiled the file are noted as suspicious. Set-based; the caller holds the requests.
 */
export const settleFailed = async (
  tx: Transaction,
  failed: readonly EndedRequest[],
  settings: ConveyorSettings,
  now: Date,
): Promise<Settled> => {
  if (failed.length === 0) return { wake: [] };
  const again: { request: EndedRequest; seconds: number; counts: boolean; blamed: string | null }[] = [];
  const stuck: { request: EndedRequest; reason: string; facts: Facts }[] = [];
  for (const request of failed) {
    const decision = decideFailure(request, settings, Math.random());
    if (decision.retry) {
      again.push({
        request,
        seconds: decision.seconds,
        counts: decision.counts,
        blamed: decision.blameSource ? request.source_rse_id : null,
      });
    } else stuck.push({ request, reason: decision.reason, facts: decision.facts });
  }
  await suspectSources(tx, failed, now);
  if (again.length > 0) {
    await tx`
      update requests q set state = 'Q', retry_count = q.retry_count + e.counts, external_id = null, external_host = null,
        next_attempt_at = ${now}::timestamptz + make_interval(secs => e.seconds),
        failed_sources = case when e.blamed is null or e.blamed = any(q.failed_sources) then q.failed_sources
                              else q.failed_sources || e.blamed end,
        updated_at = ${now}
      from unnest(${again.map((a) => a.request.id)}::uuid[], ${again.map((a) => a.seconds)}::float8[],
                  ${again.map((a) => a.blamed)}::uuid[], ${again.map((a) => (a.counts ? 1 : 0))}::int[]) as e (id, seconds, blamed, counts)
      where q.id = e.id`;
  }
  if (stuck.length === 0) return { wake: [] };
  await tx`delete from requests where id = any(${stuck.map((s) => s.request.id)}::uuid[])`;
  const { wake } = await settleLocks(
    tx,
    stuck.map(({ request, reason, facts }) => ({
      did_id: request.did_id,
      rse_id: request.dest_rse_id,
      state: 'S' as const,
      reason,
      facts: { ...facts, say: sayReason(reason, facts) },
    })),
    now,
  );
  return { wake };
};
