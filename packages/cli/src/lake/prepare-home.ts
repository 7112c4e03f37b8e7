import { chmod, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail } from '@leman/contracts';
import type { Home } from './home.ts';

const LOG_BYTES = 20_000_000;

/**
 * Makes the directory of a home; sets a log that grew large aside (one older log is kept). Keys, bytes and state are
 * for its owner only; the home itself can be passed through, because PostgreSQL below it runs as another user when
 * Leman runs as root.
 */
export const prepareHome = async (home: Home): Promise<void> => {
  await mkdir(home.directory, { recursive: true, mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    throw fail(
      'ConfigurationError',
      `${home.directory} cannot be made (${error.code}). Give another --home.`,
    );
  });
  await chmod(home.directory, ((await stat(home.directory)).mode & 0o7777) | 0o711);
  const inner = [
    dirname(home.issuerKeyFile),
    home.locksDirectory,
    home.transferDirectory,
    home.storagesDirectory,
  ];
  for (const directory of inner) await mkdir(directory, { recursive: true, mode: 0o700 });
  const log = await stat(home.logFile).catch(() => undefined);
  if (log && log.size > LOG_BYTES) await rename(home.logFile, `${home.logFile}.1`);
};
