import { createReadStream } from 'node:fs';
import { createAdler32 } from '@leman/contracts';

/** adler32 of a file on this machine, 8 hex digits; reads it once. */
export const localChecksum = async (path: string): Promise<string> => {
  const sum = createAdler32();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) sum.update(chunk as Buffer);
  return sum.digest();
};
