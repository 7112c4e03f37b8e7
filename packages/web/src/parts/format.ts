const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** `1.23 GB`, SI. Three digits, never more. */
export const sayBytes = (bytes: number): string => {
  if (!Number.isFinite(bytes)) return 'unlimited';
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${bytes < 0 ? '−' : ''}${value.toFixed(digits)} ${units[unit]}`;
};

const counts = new Intl.NumberFormat('en');

/** `12,345` */
export const sayCount = (count: number): string => counts.format(count);

/** `1 file`, `2 files` */
export const sayMany = (count: number, one: string, many = `${one}s`): string =>
  `${sayCount(count)} ${count === 1 ? one : many}`;

/** `98 %`; never says 100 % of something that is not whole, nor 0 % of something that has begun. */
export const sayShare = (part: number, whole: number): string => {
  if (whole <= 0) return '–';
  const share = (100 * part) / whole;
  if (share > 99.5 && share < 100) return '>99 %';
  if (share > 0 && share < 0.5) return '<1 %';
  return `${Math.round(share)} %`;
};

/** `3 min`, `2 h 5 min`, `4 d`; for the time between two moments. */
export const sayDuration = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 && days < 7 ? `${days} d ${hours % 24} h` : `${days} d`;
};

export type Zone = 'UTC' | 'local';

const formats = new Map<string, Intl.DateTimeFormat>();
const format = (zone: Zone, key: string, options: Intl.DateTimeFormatOptions) => {
  const name = `${zone} ${key}`;
  let found = formats.get(name);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', { ...options, ...(zone === 'UTC' ? { timeZone: 'UTC' } : {}) });
    formats.set(name, found);
  }
  return found;
};

/** `14:05:09` today, `3 Nov 14:05` before. */
export const sayTime = (date: Date, zone: Zone, now = new Date()): string => {
  const day = format(zone, 'day', { dateStyle: 'short' });
  if (day.format(date) === day.format(now)) return format(zone, 'time', { timeStyle: 'medium' }).format(date);
  const year = now.getTime() - date.getTime() > 300 * 86_400_000 ? ({ year: 'numeric' } as const) : {};
  const short = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...year } as const;
  return format(zone, `short${year.year ?? ''}`, short).format(date);
};

/** The whole of it, for tooltips. */
export const sayExactTime = (date: Date, zone: Zone): string =>
  `${format(zone, 'full', { dateStyle: 'full', timeStyle: 'medium' }).format(date)} ${zone === 'UTC' ? 'UTC' : 'local time'}`;
