import { mkdir, rename, stat } from 'node:fs/promises';
import { fail } from '@leman/contracts';
import type { Home } from './home.ts';

const LOG_BYTES = 20_000_000;

/** Makes the directory of a home; sets a log that grew large aside (one older log is kept). */
export const prepareHome = async (home: Home): Promise<void> => {
  await mkdir(home.directory, { recursive: true, mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    throw fail(
      'ConfigurationError',
      `${home.directory} cannot be made (${error.code}). Give another --home.`,
    );
  });
  const log = await stat(home.logFile).catch(() => undefined);
  if (log && log.size > LOG_BYTES) await rename(home.logFile, `${home.logFile}.1`);
};
