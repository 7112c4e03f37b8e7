import { uuid5 } from '@leman/foundation';

/**
 * The id that a transfer service gives to a job with `id_generator: deterministic` and this `sid`. Known before the
 * job is handed over, so a job whose answer got lost is found again. Reference: fts3 1.3 (params id_generator, sid).
 */
export const deterministicJobId = (baseId: string, vo: string, sid: string): string =>
  uuid5(uuid5(baseId, vo), sid);
