import { fail } from '@leman/contracts';

const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 4096;
const DECODE_ROUNDS = 4;

/** Whether a segment means the parent directory, a separator or NUL, also when decoded once too often by somebody. */
const isTraversal = (segment: string): boolean => {
  let current = segment;
  for (let round = 0; round <= DECODE_ROUNDS; round += 1) {
    if (current === '..' || current.includes('\0') || /(^|[\\/])\.\.([\\/]|$)/.test(current)) return true;
    if (!current.includes('%')) return false;
    let next: string;
    try {
      next = decodeURIComponent(current);
    } catch {
      return false;
    }
    if (next === current) return false;
    current = next;
  }
  return true;
};

/**
 * The one form of a path: absolute, no `//`, no `.`, no slash at the end (but the root's). Takes decoded names.
 * @returns undefined when the path is not absolute, overlong, or holds `..`, NUL or an encoded traversal.
 */
export const canonicalPath = (path: string): string | undefined => {
  if (!path.startsWith('/') || Buffer.byteLength(path) > MAX_PATH_BYTES) return undefined;
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (isTraversal(segment) || Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return undefined;
    kept.push(segment);
  }
  return `/${kept.join('/')}`;
};

/**
 * The path of a URL (percent-encoded, without query) in canonical form, decoded.
 * @throws InvalidPath 400
 */
export const pathOfUrl = (encoded: string): string => {
  let decoded: string[];
  try {
    decoded = encoded.split('/').map(decodeURIComponent);
  } catch {
    throw fail(
      'InvalidPath',
      'The path is not valid percent-encoded UTF-8. Encode each segment of the path.',
    );
  }
  // A slash or an escape that only appears by decoding would be another path for the next reader.
  const path = decoded.some((segment) => segment.includes('/'))
    ? undefined
    : canonicalPath(decoded.join('/'));
  if (path === undefined) {
    throw fail(
      'InvalidPath',
      'The path must be absolute, at most 4096 bytes long with names of at most 255, without "..", NUL or encoded slashes.',
    );
  }
  return path;
};

/** Percent-encodes a decoded path for a URL or a scope; what RFC 3986 allows in a segment stays as it is. */
export const encodePath = (path: string): string =>
  path
    .split('/')
    .map((segment) =>
      encodeURIComponent(segment).replace(/%(?:21|24|26|27|28|29|2A|2B|2C|3A|3B|3D|40)/g, decodeURIComponent),
    )
    .join('/');

/** Whether `path` is `base` or lies below it. Whole segments: `/foo` does not cover `/foobar`. Canonical paths. */
export const covers = (base: string, path: string): boolean =>
  base === '/' || path === base || path.startsWith(`${base}/`);
