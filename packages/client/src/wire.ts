/**
 * JSON of the field as JavaScript: bare `Infinity` (unlimited) is read as the number.
 * @throws SyntaxError when it is no JSON.
 */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!text.includes('Infinity')) throw error;
    // 1e999 reads as Infinity; strings are matched first, so that names with that word stay as they are.
    const legal = text.replace(/"(?:[^"\\]|\\.)*"|Infinity/g, (part) =>
      part === 'Infinity' ? '1e999' : part,
    );
    return JSON.parse(legal);
  }
};

/**
 * A time of the wire (`Fri, 20 Nov 2026 05:54:06 UTC`; or without a zone, `2026-11-20T05:54:06` or with a blank, taken
 * as UTC); null when there is none.
 */
export const parseDate = (text: string | null | undefined): Date | null => {
  if (!text) return null;
  const bare = /^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(text);
  const date = new Date(bare ? `${text.replace(' ', 'T')}Z` : text);
  return Number.isNaN(date.getTime()) ? null : date;
};

/** One path segment; names may hold slashes. */
export const segment = (text: string): string => encodeURIComponent(text);

/** `?a=1&b=x` of what is set; empty when nothing is. */
export const query = (values: Record<string, string | number | boolean | undefined>): string => {
  const parts = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  return parts.length > 0 ? `?${parts.join('&')}` : '';
};

/** A Python literal, as the `filters` of the DID search are written. */
export const pythonLiteral = (value: unknown): string => {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, item]) => `${pythonLiteral(key)}: ${pythonLiteral(item)}`)
      .join(', ')}}`;
  }
  const escaped = String(value).replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `'${escaped}'`;
};
