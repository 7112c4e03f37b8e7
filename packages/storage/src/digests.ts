import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createAdler32, fail } from '@leman/contracts';

/** Algorithms understood; values travel here as lower-case hex. */
type Algorithm = 'adler32' | 'md5' | 'sha-1' | 'sha-256' | 'sha-512';
export type Digests = Partial<Record<Algorithm, string>>;

const nodeNames = { md5: 'md5', 'sha-1': 'sha1', 'sha-256': 'sha256', 'sha-512': 'sha512' } as const;
const hexLength: Record<Algorithm, number> = {
  adler32: 8,
  md5: 32,
  'sha-1': 40,
  'sha-256': 64,
  'sha-512': 128,
};
/** Other spellings of the field: RFC 3230 says sha, RFC 9530 adler and sha-256. */
const aliases: Record<string, Algorithm> = {
  adler32: 'adler32',
  adler: 'adler32',
  md5: 'md5',
  sha: 'sha-1',
  'sha-1': 'sha-1',
  sha1: 'sha-1',
  'sha-256': 'sha-256',
  sha256: 'sha-256',
  'sha-512': 'sha-512',
  sha512: 'sha-512',
};

const malformed = (header: string) =>
  fail(
    'InvalidValueForKey',
    `The header ${header} holds a digest that cannot be read. Send adler32 in hex, others in base64.`,
  );

const toHex = (header: string, algorithm: Algorithm, value: string): string => {
  const length = hexLength[algorithm];
  // adler32 is hex in Digest (RFC 3230) and without leading zeros by some.
  if (algorithm === 'adler32' && /^[0-9a-f]{1,8}$/i.test(value))
    return value.toLowerCase().padStart(length, '0');
  const hex = Buffer.from(value, 'base64').toString('hex');
  if (hex.length === length) return hex;
  if (value.length === length && /^[0-9a-f]+$/i.test(value)) return value.toLowerCase();
  throw malformed(header);
};

const merge = (into: Digests, header: string, name: string, value: string): void => {
  const algorithm = aliases[name.trim().toLowerCase()];
  if (!algorithm) return;
  const hex = toHex(header, algorithm, value);
  if (into[algorithm] !== undefined && into[algorithm] !== hex) {
    throw fail('InvalidValueForKey', `The headers name two different values of ${algorithm}. Send one.`);
  }
  into[algorithm] = hex;
};

/**
 * The digests that headers promise: Digest (RFC 3230), Repr-Digest and Content-Digest (RFC 9530), Content-MD5.
 * @throws InvalidValueForKey 400 when one of a known algorithm cannot be read; unknown algorithms are passed over
 */
export const readDigests = (headers: IncomingHttpHeaders): Digests => {
  const digests: Digests = {};
  for (const part of String(headers.digest ?? '').split(',')) {
    const at = part.indexOf('=');
    if (at > 0) merge(digests, 'Digest', part.slice(0, at), part.slice(at + 1).trim());
  }
  for (const name of ['repr-digest', 'content-digest'] as const) {
    for (const part of String(headers[name] ?? '').split(',')) {
      const match = /^\s*([\w-]+)=:([A-Za-z0-9+/=]*):/.exec(part);
      if (match) merge(digests, name, match[1]!, match[2]!);
      else if (part.trim()) throw malformed(name);
    }
  }
  if (headers['content-md5']) merge(digests, 'Content-MD5', 'md5', String(headers['content-md5']));
  return digests;
};

/** Whether headers ask for the adler32 (`Want-Digest`, `Want-Repr-Digest`; a weight of 0 means no). */
export const wantsAdler32 = (headers: IncomingHttpHeaders): boolean =>
  `${headers['want-digest'] ?? ''},${headers['want-repr-digest'] ?? ''}`
    .toLowerCase()
    .split(',')
    .some((part) => /^\s*adler(32)?\s*(;\s*q=(?!0(\.0*)?\s*$)[\d.]+|=\s*[1-9]\d*)?\s*$/.test(part));

/** The answer to both ways of asking. */
export const adler32Headers = (adler32: string): Record<string, string> => ({
  Digest: `adler32=${adler32}`,
  'Repr-Digest': `adler=:${Buffer.from(adler32, 'hex').toString('base64')}:`,
});

export interface RunningDigests {
  update(chunk: Buffer): void;
  /** The adler32 of all. @throws FileConsistencyMismatch 412 when a promise is not kept */
  finish(): string;
}

/** Computes adler32 always, and whatever else is needed to check the promises. */
export const createRunningDigests = (expected: Digests): RunningDigests => {
  const adler = createAdler32();
  const others = (Object.keys(nodeNames) as (keyof typeof nodeNames)[])
    .filter((algorithm) => expected[algorithm] !== undefined)
    .map((algorithm) => ({ algorithm, hash: createHash(nodeNames[algorithm]) }));
  return {
    update(chunk) {
      adler.update(chunk);
      for (const { hash } of others) hash.update(chunk);
    },
    finish() {
      const found: Digests = { adler32: adler.digest() };
      for (const { algorithm, hash } of others) found[algorithm] = hash.digest('hex');
      for (const [algorithm, value] of Object.entries(expected) as [Algorithm, string][]) {
        if (found[algorithm] !== value) {
          throw fail(
            'FileConsistencyMismatch',
            `The ${algorithm} of what came is ${found[algorithm]}, expected was ${value}. Send it again.`,
          );
        }
      }
      return found.adler32!;
    },
  };
};
