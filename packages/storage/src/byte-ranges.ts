/** First and last byte, both included. */
export interface ByteRange {
  first: number;
  last: number;
}

/** Most ranges in one answer: a vector read of ROOT asks for hundreds. */
const RANGES_AT_MOST = 1024;

/**
 * The ranges of a `Range` header for an object of `size` bytes (RFC 9110 14.1.2).
 * @returns undefined when the header is to be passed over (other unit, malformed, too many or overlapping without
 * end); an empty list when none can be satisfied (416)
 */
export const readRanges = (header: string | undefined, size: number): ByteRange[] | undefined => {
  const match = /^bytes=(.+)$/i.exec(header?.trim() ?? '');
  if (!match) return undefined;
  const parts = match[1]!.split(',');
  if (parts.length > RANGES_AT_MOST) return undefined;
  const ranges: ByteRange[] = [];
  let asked = 0;
  for (const part of parts) {
    const bounds = /^(\d*)-(\d*)$/.exec(part.trim());
    if (!bounds || (!bounds[1] && !bounds[2])) return undefined;
    const [from, to] = [bounds[1], bounds[2]];
    const first = from ? Number(from) : Math.max(0, size - Number(to));
    const last = from && to ? Math.min(Number(to), size - 1) : size - 1;
    if (from && to && Number(to) < Number(from)) return undefined;
    if (first >= size || (!from && Number(to) === 0)) continue;
    ranges.push({ first, last });
    asked += last - first + 1;
  }
  // The same bytes again and again would make a small request a huge answer.
  return asked > 2 * size ? undefined : ranges;
};
