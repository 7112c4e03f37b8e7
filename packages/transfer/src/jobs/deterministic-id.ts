import { uuid5 } from '@leman/foundation';
import { badRequest } from '../http/fts-error.ts';

/** Name space of job ids, the same on every FTS server, so that clients can compute ids ahead. */
export const baseId = '01874efb-4735-4595-bc9c-591aef8240c9';

/**
 * The job id that follows from the organisation and the caller's own id of the job.
 * @throws ValueError 400 without a sid.
 */
export const deterministicId = (vo: string, sid: unknown): string => {
  if (typeof sid !== 'string' || !sid) throw badRequest('A deterministic job needs a sid.');
  return uuid5(uuid5(baseId, vo), sid);
};
