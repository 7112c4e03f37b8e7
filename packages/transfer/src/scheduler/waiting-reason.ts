import type { Facts, ReasonCode } from '@leman/contracts';
import type { Scheduler } from './scheduler.ts';

export interface Waiting {
  code: ReasonCode;
  facts: Facts;
  since: Date | undefined;
}

interface WaitingFile {
  source_se: string;
  dest_se: string;
  retry_at: Date | null;
  reason_code: string | null;
  reason_facts: Facts | null;
}

/**
 * What holds a waiting file back at this moment: a closed or banned storage, its own retry, a full link or storage, or
 * only its turn.
 */
export const waitingReason = (scheduler: Scheduler, file: WaitingFile): Waiting => {
  const out = scheduler.gate(file.source_se, 'out');
  const into = scheduler.gate(file.dest_se, 'in');
  for (const gate of [into, out]) {
    const closed = gate.banned ?? gate.closed;
    if (!closed) continue;
    return {
      code: closed.code,
      facts: {
        ...closed.facts,
        source: file.source_se,
        destination: file.dest_se,
        closed: gate.se,
        next_try: gate.banned ? null : new Date(closed.retryAt).toISOString(),
      },
      since: new Date(closed.since),
    };
  }
  if (file.retry_at && file.reason_code) {
    return {
      code: file.reason_code as ReasonCode,
      facts: { ...file.reason_facts, retry_at: file.retry_at.toISOString() },
      since: undefined,
    };
  }
  const link = scheduler.queues.link(file.source_se, file.dest_se);
  const limit = scheduler.linkLimit(file.source_se, file.dest_se);
  const full =
    link.active >= limit
      ? 'link limit'
      : out.active >= out.limit
        ? 'source storage limit'
        : into.active >= into.limit
          ? 'destination storage limit'
          : 'turn';
  return {
    code: 'QUEUED',
    facts: {
      source: file.source_se,
      destination: file.dest_se,
      held_by: full,
      link_active: link.active,
      link_limit: limit,
      link_queued: link.queued,
      source_active: out.active,
      source_limit: out.limit,
      destination_active: into.active,
      destination_limit: into.limit,
    },
    since: undefined,
  };
};
