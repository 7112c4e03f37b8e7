import { fail } from '@leman/contracts';
import type { FastifyRequest } from '@leman/foundation';

/** A route below a DID. */
export type Named = { Params: { scope: string; name: string } };

export const STREAM = ['application/x-json-stream'];
export const JSON_ONLY = ['application/json'];

/** The query parameters of a request; the first value of what is given twice. */
export const queryOf = (request: FastifyRequest): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(request.query as Record<string, string | string[]>).map(([key, value]) => [
      key,
      Array.isArray(value) ? value[0] : value,
    ]),
  );

/** A dictionary of a body; missing, null and an empty list stand for an empty one. @throws InvalidObject 400 */
export const dictionary = (value: unknown, what: string): Record<string, unknown> => {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  // Some clients send an empty list for "no metadata".
  if (Array.isArray(value) && value.length === 0) return {};
  throw fail('InvalidObject', `${what} must be a dictionary.`);
};
