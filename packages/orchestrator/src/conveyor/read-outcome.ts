import { type Facts, plainText, reasons } from '@leman/contracts';
import type { FtsFileStatus } from './fts-client.ts';
import { isRequestId, type Outcome, type Progress } from './record-outcomes.ts';

/** Words in an FTS's text that tell what happened, most telling first. Only used when no reason code comes along. */
const tells: readonly [RegExp, string][] = [
  [/cancell?ed/i, 'CANCELED'],
  [/507|no space|SRM_NO_FREE_SPACE|insufficient storage|disk quota/i, 'DESTINATION_FULL'],
  [/SOURCE.*(No such file|404|not found)/i, 'SOURCE_MISSING'],
  [/SOURCE.*checksum|checksum.*source/i, 'SOURCE_CORRUPT'],
  [/checksum/i, 'CHECKSUM_MISMATCH'],
  [/file exists|EEXIST|already exists/i, 'DESTINATION_EXISTS'],
  [/size/i, 'SIZE_MISMATCH'],
  [/SOURCE.*(permission|403|401|denied)/i, 'SOURCE_DENIED'],
  [/(permission|403|401|denied)/i, 'DESTINATION_DENIED'],
  [/SOURCE.*(connect|refused|timed out|unreachable)/i, 'SOURCE_DOWN'],
  [/DESTINATION.*(connect|refused|timed out|unreachable)/i, 'DESTINATION_DOWN'],
  [/time ?out|timed out|performance marker/i, 'TIMEOUT'],
];

const reasonOf = (code: unknown, text: string): string => {
  if (typeof code === 'string' && Object.hasOwn(reasons, code)) return code;
  return tells.find(([pattern]) => pattern.test(text))?.[1] ?? 'TRANSFER_FAILED';
};

const isFact = (value: unknown): value is Facts[string] =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
const MOST_TEXT = 2_000;
const MOST_NAME = 100;
/** Facts as stored: flat, and no longer than a person reads. */
const readFacts = (given: unknown, detail: string): Facts => {
  const facts: Facts = {};
  for (const [key, value] of Object.entries((given as object | null) ?? {})) {
    if (isFact(value))
      facts[plainText(key, MOST_NAME)] = typeof value === 'string' ? plainText(value, MOST_TEXT) : value;
  }
  if (detail && !facts.detail) facts.detail = plainText(detail, MOST_TEXT);
  return facts;
};

const date = (value: unknown): Date | null => {
  if (value === null || value === undefined || value === '' || value === 0) return null;
  const text = String(value);
  const parsed = /^\d+$/.test(text)
    ? new Date(Number(text))
    : new Date(/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
};

/** The outcome in an event of the stream (FTS's "complete" message); undefined when it tells of none of ours. */
export const readEvent = (event: Record<string, unknown>): Outcome | undefined => {
  const final = event.t_final_transfer_state;
  if (final === undefined || final === null || final === '') return undefined;
  const metadata = event.file_metadata as { request_id?: unknown } | null | undefined;
  const id = metadata?.request_id;
  const job = String(
    event.job_id ??
      String(event.tr_id ?? '')
        .split('__')
        .at(-1),
  );
  if (!isRequestId(id) || !job) return undefined;
  const done = String(final).toLowerCase() === 'ok';
  const text = String(event.t__error_message ?? '');
  return {
    request_id: id,
    external_id: job,
    state: done ? 'D' : 'F',
    reason: done ? null : reasonOf(event.reason_code, `${String(event.tr_error_scope ?? '')} ${text}`),
    facts: done ? null : readFacts(event.facts ?? event.reason_facts, text),
    started_at: date(event.tr_timestamp_start),
    ended_at: date(event.tr_timestamp_complete),
  };
};

/** How a file goes on, in an event of the stream (FTS's "state" message with Leman's reason code). */
export const readProgress = (event: Record<string, unknown>): Progress | undefined => {
  const metadata = event.file_metadata as { request_id?: unknown } | null | undefined;
  const id = metadata?.request_id;
  const code = event.reason_code;
  const ended = event.t_final_transfer_state !== undefined;
  if (ended || !isRequestId(id) || typeof code !== 'string' || !Object.hasOwn(reasons, code))
    return undefined;
  return {
    request_id: id,
    external_id: String(event.job_id ?? ''),
    reason: code,
    facts: readFacts(event.facts, ''),
  };
};

/** The outcome in the status of a file; undefined while it is under way. */
export const readFileStatus = (jobId: string, file: FtsFileStatus): Outcome | undefined => {
  const id = file.file_metadata?.request_id;
  if (!isRequestId(id)) return undefined;
  const done = file.file_state === 'FINISHED';
  if (!done && file.file_state !== 'FAILED' && file.file_state !== 'CANCELED') return undefined;
  const text = file.reason ?? '';
  const code = file.reason_code ?? (file.file_state === 'CANCELED' ? 'CANCELED' : undefined);
  return {
    request_id: id,
    external_id: jobId,
    state: done ? 'D' : 'F',
    reason: done ? null : reasonOf(code, text),
    facts: done ? null : readFacts(file.reason_facts, text),
    started_at: date(file.start_time),
    ended_at: date(file.finish_time),
  };
};
