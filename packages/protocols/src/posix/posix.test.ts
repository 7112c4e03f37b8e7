import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { conformanceSuite } from '../conformance-suite.ts';
import { createPosix } from './posix.ts';

conformanceSuite('posix', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'leman-posix-'));
  return {
    protocol: createPosix(),
    base: pathToFileURL(directory).href,
    stop: () => rm(directory, { recursive: true, force: true }),
  };
});
