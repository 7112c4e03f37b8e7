import { after, before } from 'node:test';
import { createAdler32 } from '@leman/contracts';
import { type HttpStorage, startHttpStorage } from '@leman/protocols/testing';
import { type Bench, startBench } from './transfer-bench.ts';

/** The checksum of a text as the field writes it, 8 hex digits. */
export const adler32 = (text: string): string => {
  const sum = createAdler32();
  sum.update(Buffer.from(text));
  return sum.digest();
};

/** Waits until a condition holds; a test that waits in vain ends by its own time limit. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
};

/**
 * A transfer service and two storages, a source and a destination, for the tests of a suite: call it in `describe`.
 * They are there once the hooks have run.
 */
export const twoStorages = () => {
  let lab: { bench: Bench; source: HttpStorage; destination: HttpStorage };
  before(async () => {
    // Two host names, so that the two are different storages.
    const [bench, source, destination] = await Promise.all([
      startBench(),
      startHttpStorage({ host: '127.0.0.2' }),
      startHttpStorage({ host: '127.0.0.3' }),
    ]);
    lab = { bench, source, destination };
  });
  after(async () => {
    await lab?.bench.stop();
    await Promise.all([lab?.source.stop(), lab?.destination.stop()]);
  });
  return {
    get bench() {
      return lab.bench;
    },
    get source() {
      return lab.source;
    },
    get destination() {
      return lab.destination;
    },
    /** A file at the source. */
    put: (path: string, text: string): void => {
      lab.source.files.set(path, { content: Buffer.from(text), modifiedAt: new Date() });
    },
    /** A file of a job, from a path at the source to the same at the destination; with its text also size and checksum. */
    fileOf: (path: string, text?: string, more: Record<string, unknown> = {}) => ({
      sources: [lab.source.url + path],
      destinations: [lab.destination.url + path],
      ...(text === undefined
        ? {}
        : { filesize: Buffer.byteLength(text), checksum: `ADLER32:${adler32(text)}` }),
      ...more,
    }),
    textAt: (path: string): string | undefined => lab.destination.files.get(path)?.content.toString(),
  };
};
