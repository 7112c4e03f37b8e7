import { createHash } from 'node:crypto';
import { badRequest } from '../http/fts-error.ts';

/** Name space of job ids, the same on every FTS server, so that clients can compute ids ahead. */
export const baseId = '01874efb-4735-4595-bc9c-591aef8240c9';

/** RFC 9562 version 5. */
const uuid5 = (space: string, name: string): string => {
  const bytes = createHash('sha1')
    .update(Buffer.from(space.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/**
 * The job id that follows from the organisation and the caller's own id of the job.
 * @throws ValueError 400 without a sid.
 */
export const deterministicId = (vo: string, sid: unknown): string => {
  if (typeof sid !== 'string' || !sid) throw badRequest('A deterministic job needs a sid.');
  return uuid5(uuid5(baseId, vo), sid);
};
