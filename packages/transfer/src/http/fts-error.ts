import { STATUS_CODES } from 'node:http';
import { type FieldError, fail } from '@leman/contracts';
import type { FastifyReply } from '@leman/foundation';

export const badRequest = (message: string): FieldError => fail('ValueError', message);
export const forbidden = (message: string): FieldError => fail('AccessDenied', message, { status: 403 });
export const notFound = (message: string): FieldError => fail('NotFound', message);
export const conflict = (message: string, facts: Record<string, string>): FieldError =>
  fail('Duplicate', message, { facts });

const statusText = (status: number) => `${status} ${STATUS_CODES[status] ?? 'Unknown'}`;

/** The error answer of FTS: `{"status": "404 Not Found", "message": "..."}`, plus the facts (`job_id` of a duplicate). */
export const sendFtsError = (reply: FastifyReply, error: FieldError): FastifyReply => {
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(error.status)
    .header('content-type', 'application/json')
    .serializer((payload: string) => payload)
    .send(JSON.stringify({ status: statusText(error.status), message: error.message, ...error.facts }));
};
