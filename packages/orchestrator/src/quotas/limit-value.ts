import { fail } from '@leman/contracts';
import { optionalInteger, type Parameters } from '../server/parameters.ts';

/** Stored for "unlimited"; the wire says Infinity. */
export const UNLIMITED = -1;

/** A stored limit as the wire shows it. */
export const wireLimit = (bytes: number): number => (bytes === UNLIMITED ? Number.POSITIVE_INFINITY : bytes);

/**
 * The limit that a body sets, bytes: `infinity` or -1 for none.
 * @throws KeyError, TypeError (400)
 */
export const readLimit = (body: Parameters): number => {
  const { bytes } = body;
  if (typeof bytes === 'string' && /^inf(inity)?$/i.test(bytes)) return UNLIMITED;
  const value = optionalInteger(body, 'bytes', { min: UNLIMITED });
  if (value === undefined) throw fail('KeyError', `'bytes' not defined`);
  return value;
};
