import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { createAdler32 } from '@leman/contracts';
import type { ChecksumAlgorithm } from './storage-protocol.ts';

/** Checksum of a stream in lower-case hex, read to its end. */
export const checksumByReading = async (body: Readable, algorithm: ChecksumAlgorithm): Promise<string> => {
  if (algorithm === 'md5') {
    const hash = createHash('md5');
    for await (const chunk of body as AsyncIterable<Buffer>) hash.update(chunk);
    return hash.digest('hex');
  }
  const sum = createAdler32();
  for await (const chunk of body as AsyncIterable<Buffer>) sum.update(chunk);
  return sum.digest();
};
