/**
 * JSON as the field writes it: dates as `Fri, 20 Nov 2026 05:54:06 UTC`, infinite numbers as the bare token
 * `Infinity` (Python's json reads it). Reference: Rucio REST contract 1.3.
 */

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const LAST_YEAR_MS = Date.UTC(9999, 11, 31);
const two = (value: number) => (value < 10 ? `0${value}` : String(value));

/** `Fri, 20 Nov 2026 05:54:06 UTC` */
export const wireDate = (date: Date): string =>
  `${days[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} UTC`;

/** `2026-11-20T05:54:06`, UTC without zone (accounts and usage history). */
export const wireIsoDate = (date: Date): string => date.toISOString().slice(0, 19);

/** Years that PostgreSQL and the wire can write. */
const dateOrNothing = (value: number | string): Date | undefined => {
  const date = new Date(value);
  return Math.abs(date.getTime()) < LAST_YEAR_MS ? date : undefined;
};

/** Reads `Fri, 20 Nov 2026 05:54:06 UTC`, ISO without zone (taken as UTC), or epoch seconds; undefined otherwise. */
export const parseWireDate = (text: unknown): Date | undefined => {
  if (typeof text === 'number') return dateOrNothing(text * 1000);
  if (typeof text !== 'string') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return dateOrNothing(Number(text) * 1000);
  const iso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?$/.test(text)
    ? `${text.replace(' ', 'T')}${text.length > 10 ? 'Z' : ''}`
    : text;
  return dateOrNothing(iso.replace(/ UTC$/, ' GMT'));
};

const INFINITY = '\u0001Infinity\u0001';

/** JSON text of a value in the field's conventions. */
export const wireJson = (value: unknown): string => {
  let infinite = false;
  const text = JSON.stringify(value, function replace(this: Record<string, unknown>, key, current) {
    const raw = this[key];
    if (raw instanceof Date) return wireDate(raw);
    if (current === Number.POSITIVE_INFINITY) {
      infinite = true;
      return INFINITY;
    }
    return current;
  });
  return infinite ? text.replaceAll(JSON.stringify(INFINITY), 'Infinity') : text;
};
