import type { IncomingHttpHeaders } from 'node:http';
import type { ChecksumAlgorithm, Checksums } from '../storage-protocol.ts';

const normal = (algorithm: ChecksumAlgorithm, hex: string): string =>
  algorithm === 'adler32' ? hex.toLowerCase().replace(/^0x/, '').padStart(8, '0') : hex.toLowerCase();

/**
 * Checksums of an answer: `Digest: adler32=52e955ec` (RFC 3230; hex for adler32, base64 for md5, names in any case,
 * some servers give md5 as hex) and `Repr-Digest: adler=:base64:` (RFC 9530). Others are left out.
 */
export const parseDigests = (headers: IncomingHttpHeaders): Checksums => {
  const found: Checksums = {};
  for (const part of String(headers.digest ?? '').split(',')) {
    const [name, ...rest] = part.trim().split('=');
    const value = rest.join('=');
    const algorithm = name?.toLowerCase();
    if (algorithm === 'adler32' && /^(0x)?[0-9a-f]{1,8}$/i.test(value))
      found.adler32 = normal('adler32', value);
    if (algorithm === 'md5') {
      found.md5 = /^[0-9a-f]{32}$/i.test(value)
        ? value.toLowerCase()
        : Buffer.from(value, 'base64').toString('hex');
    }
  }
  for (const part of String(headers['repr-digest'] ?? '').split(',')) {
    const match = /^\s*([\w-]+)=:([^:]*):/.exec(part);
    const algorithm = match?.[1]?.toLowerCase().replace(/^adler$/, 'adler32');
    if (algorithm === 'adler32' || algorithm === 'md5')
      found[algorithm] ??= normal(algorithm, Buffer.from(match![2]!, 'base64').toString('hex'));
  }
  return found;
};

/** Whether two checksums are the same value: case and leading zeros do not count. */
export const sameChecksum = (one: string, other: string): boolean => {
  const plain = (text: string) => text.toLowerCase().replace(/^0x/, '').replace(/^0+/, '');
  return plain(one) === plain(other);
};
