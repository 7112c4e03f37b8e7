import type { IncomingHttpHeaders } from 'node:http';
import { fail } from '@leman/contracts';
import { type Entry, etagOf } from './namespace.ts';

const failed = () =>
  fail(
    'FileConsistencyMismatch',
    'The condition of the request does not hold: the object is another one by now.',
  );

const names = (header: string, etag: string, weakly: boolean): boolean =>
  header.split(',').some((part) => {
    const wanted = part.trim();
    return wanted === '*' || wanted === etag || (weakly && wanted === `W/${etag}`);
  });

/** Whole seconds, as HTTP dates have no smaller ones. */
const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/**
 * Conditions before a change (RFC 9110 13).
 * @throws FileConsistencyMismatch 412
 */
export const requireConditions = (headers: IncomingHttpHeaders, entry: Entry | undefined): void => {
  const match = headers['if-match'];
  if (match !== undefined && !(entry && names(match, etagOf(entry.stat), false))) throw failed();
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined && entry && names(noneMatch, etagOf(entry.stat), true)) throw failed();
  const unmodified = headers['if-unmodified-since'];
  if (
    match === undefined &&
    unmodified &&
    entry &&
    seconds(entry.stat.mtimeMs) > seconds(Date.parse(unmodified))
  )
    throw failed();
};

/** Whether the client has this version already (304). @throws FileConsistencyMismatch 412 */
export const isUnchanged = (headers: IncomingHttpHeaders, entry: Entry): boolean => {
  const { 'if-none-match': noneMatch, ...others } = headers;
  requireConditions(others, entry);
  if (noneMatch !== undefined) return names(noneMatch, etagOf(entry.stat), true);
  const since = headers['if-modified-since'];
  return since !== undefined && seconds(entry.stat.mtimeMs) <= seconds(Date.parse(since));
};

/** Whether the ranges asked for are still wanted (If-Range, RFC 9110 13.1.5). */
export const isRangeWanted = (headers: IncomingHttpHeaders, entry: Entry): boolean => {
  const condition = headers['if-range'];
  if (typeof condition !== 'string') return true;
  if (condition.startsWith('"')) return condition === etagOf(entry.stat);
  return seconds(entry.stat.mtimeMs) === seconds(Date.parse(condition));
};
