import type { Facts } from '@leman/contracts';
import type { EndedRequest } from './claim-ended.ts';
import type { ConveyorSettings } from './conveyor-settings.ts';

export type Decision =
  /** Try again after that many seconds. */
  | { retry: true; seconds: number; blameSource: boolean; counts: boolean }
  /** Give up for now: the lock turns STUCK. */
  | { retry: false; reason: string; facts: Facts };

/** The other attempt would end the same way, whatever the source. */
const final = new Set(['DESTINATION_EXISTS', 'CANCELED']);
/** The source is to blame: the next attempt takes another one, and need not wait long. */
const ofSource = new Set([
  'SOURCE_MISSING',
  'SOURCE_CORRUPT',
  'SOURCE_DENIED',
  'SOURCE_DOWN',
  'SOURCE_UNAVAILABLE',
]);
const LONGEST_S = 3600;
const OTHER_SOURCE_S = 2;
/** Half the shortest life of a token: one that ends earlier was never good (clocks that differ), which counts. */
const TOKEN_WAIT_MS = 1_800_000;

/** What follows a failed attempt. `random` 0..1 spreads the retries. */
export const decideFailure = (
  request: EndedRequest,
  settings: ConveyorSettings,
  random: number,
): Decision => {
  const { reason, reason_facts: facts, retry_count: attempts } = request;
  const detail = request.err_msg ?? String(facts?.detail ?? reason);
  if (final.has(reason)) return { retry: false, reason, facts: { ...facts, detail } };
  // Behind a closed storage a file may wait longer than its token lives. Nothing was tried: it goes with a new one.
  const waited = (request.transferred_at?.getTime() ?? 0) - (request.submitted_at?.getTime() ?? 0);
  if (facts?.class === 'token-expired' && waited >= TOKEN_WAIT_MS)
    return { retry: true, seconds: OTHER_SOURCE_S, blameSource: false, counts: false };
  if (attempts + 1 >= settings.maxAttempts) {
    return {
      retry: false,
      reason: 'RETRIES_EXHAUSTED',
      facts: { ...facts, attempts: attempts + 1, detail, last_reason: reason },
    };
  }
  const source = request.source_rse_id;
  const blameSource = source !== null && ofSource.has(reason);
  const another = blameSource && !request.failed_sources.includes(source);
  const seconds = another ? OTHER_SOURCE_S : Math.min(settings.retryDelay * 2 ** attempts, LONGEST_S);
  return { retry: true, seconds: seconds * (0.75 + random / 2), blameSource, counts: true };
};
