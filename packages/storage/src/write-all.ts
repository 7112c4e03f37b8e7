import { write, writev, writevSync } from 'node:fs';
import { fail } from '@leman/contracts';

const writeRest = (handle: number, rest: Buffer, done: (error?: Error) => void): void => {
  write(handle, rest, 0, rest.length, null, (error, count) => {
    if (error) done(error);
    else if (count === rest.length) done();
    else if (count === 0)
      done(fail('ResourceTemporaryUnavailable', 'The disk takes no more bytes.', { status: 507 }));
    else writeRest(handle, rest.subarray(count), done);
  });
};

/** Appends chunks to a file; a write that took a part only is continued. */
export const writeAll = (handle: number, chunks: Buffer[], bytes: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error?: Error): void => (error ? reject(error) : resolve());
    writev(handle, chunks, null, (error, count) => {
      if (error) done(error);
      else if (count === bytes) done();
      else writeRest(handle, Buffer.concat(chunks).subarray(count), done);
    });
  });

/** The same at once, for little. */
export const writeAllAtOnce = (handle: number, chunks: Buffer[], bytes: number): void => {
  let count = writevSync(handle, chunks);
  while (count < bytes) {
    const more = writevSync(handle, [Buffer.concat(chunks).subarray(count)]);
    if (more === 0)
      throw fail('ResourceTemporaryUnavailable', 'The disk takes no more bytes.', { status: 507 });
    count += more;
  }
};
