import type { FastifyRequest } from '@leman/foundation';
import { badRequest } from './fts-error.ts';

/**
 * The JSON object of a request, whatever its content type; the odd percent-encoded form of old clients
 * (`application/json, application/x-www-form-urlencoded`) too.
 * @throws ValueError 400
 */
export const readBody = (request: FastifyRequest): Record<string, unknown> => {
  let text = (request.body as Buffer | undefined)?.toString('utf8') ?? '';
  if (/x-www-form-urlencoded/.test(request.headers['content-type'] ?? '') && text.startsWith('%')) {
    try {
      text = decodeURIComponent(text.replaceAll('+', ' ')).replace(/=$/, '');
    } catch {
      throw badRequest('The form cannot be decoded. Send plain JSON.');
    }
  }
  // PostgreSQL cannot keep it, and no URL or name of the field has it.
  if (text.includes('\\u0000')) throw badRequest('The body has a NUL character. Leave it out.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('Badly formatted JSON request');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('The body must be a JSON object');
  return value as Record<string, unknown>;
};

/** A text parameter of the query; undefined when absent or empty. */
export const query = (request: FastifyRequest, name: string): string | undefined => {
  const value = (request.query as Record<string, unknown>)[name];
  const text = Array.isArray(value) ? String(value[0]) : value === undefined ? '' : String(value);
  return text === '' ? undefined : text;
};

/**
 * Seconds of `h[:m]`.
 * @throws ValueError 400
 */
export const timeWindow = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const match = /^(\d{1,5})(?::(\d{1,2}))?$/.exec(text);
  if (!match) throw badRequest('time_window must be hours, or hours:minutes.');
  return Number(match[1]) * 3600 + Number(match[2] ?? 0) * 60;
};
