import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createAdler32 } from '@leman/contracts';
import { type Protocols, sameChecksum } from '@leman/protocols';

/**
 * Brings a file from a storage to `path`: written beside it, compared with size and checksum of the catalogue, then
 * renamed, so that nobody ever sees a part. A failure leaves nothing.
 *
 * @param moved told of bytes that came in (negative: taken back after a failure)
 */
export const receiveFile = async (
  protocols: Protocols,
  door: { pfn: string; token: string },
  expected: { bytes: number; adler32: string | null },
  path: string,
  moved: (bytes: number) => void,
): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const part = join(dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}.leman-part`);
  const sum = createAdler32();
  let bytes = 0;
  try {
    const { body } = await protocols.of(door.pfn).get(door.pfn, { token: door.token });
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sum.update(chunk);
        bytes += chunk.length;
        moved(chunk.length);
        done(null, chunk);
      },
    });
    await pipeline(body, counted, createWriteStream(part, { flags: 'w' }));
    if (bytes !== expected.bytes)
      throw new Error(`it has ${bytes} bytes there, ${expected.bytes} in the catalogue`);
    const actual = sum.digest();
    if (expected.adler32 !== null && !sameChecksum(actual, expected.adler32)) {
      throw new Error(`its adler32 is ${actual} there, ${expected.adler32} in the catalogue`);
    }
    await rename(part, path);
  } catch (error) {
    moved(-bytes);
    await rm(part, { force: true });
    throw error;
  }
};
