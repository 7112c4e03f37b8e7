const prefixes = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** `1.23 GB` (powers of 1,000, three digits). */
export const sayBytes = (bytes: number | null | undefined): string => {
  if (bytes === null || bytes === undefined) return '-';
  if (!Number.isFinite(bytes)) return 'unlimited';
  let value = Math.abs(bytes);
  let step = 0;
  while (value >= 999.5 && step < prefixes.length - 1) {
    value /= 1000;
    step++;
  }
  const digits = step === 0 ? String(Math.round(value)) : value.toPrecision(3);
  return `${bytes < 0 ? '-' : ''}${digits} ${prefixes[step]}`;
};

/** `1,234`. */
export const sayCount = (count: number | null | undefined): string =>
  count === null || count === undefined ? '-' : count.toLocaleString('en-US');

/** `3 files`, `1 file`. */
export const sayNumberOf = (count: number, noun: string): string =>
  `${sayCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/** `2026-11-20 05:54:06` in UTC. */
export const sayTime = (date: Date | null | undefined): string =>
  date ? date.toISOString().slice(0, 19).replace('T', ' ') : '-';

const spans: [number, string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** `4 s`, `12 min`, `3 h`, `2 d`. */
export const saySpan = (seconds: number): string => {
  for (const [length, unit] of spans) if (seconds >= length) return `${Math.floor(seconds / length)} ${unit}`;
  return `${Math.max(0, Math.round(seconds))} s`;
};

/**
 * Seconds of `90`, `90s`, `15min`, `2h`, `3d`, `1w`.
 * Undefined when it is none of these.
 */
export const readSpan = (text: string): number | undefined => {
  const match = /^(\d+)\s*(s|m|min|h|d|w)?$/.exec(text.trim());
  if (!match) return undefined;
  const factors: Record<string, number> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 };
  return Number(match[1]) * factors[match[2] ?? 's']!;
};
