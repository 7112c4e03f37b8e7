import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Protocols } from '@leman/protocols';
import { CommandError } from '../exit-codes.ts';
import type { Session } from '../session/find-session.ts';

/**
 * The way to the storages of a lake, trusting its certificate authority, and those in `authorities.pem` beside it. Close
 * it when done.
 */
export const openStorages = async (session: Session): Promise<Protocols> => {
  const { openProtocols } = await import('@leman/protocols');
  if (session.caFile === undefined) return openProtocols();
  const { caFile } = session;
  const ca = await readFile(caFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      'usage',
      `${caFile} cannot be read (${error.code}); the storages are verified with it. Log in again with --ca FILE.`,
    );
  });
  const others = await readFile(join(dirname(caFile), 'authorities.pem'), 'utf8').catch(() => '');
  return openProtocols({ ca: `${ca}\n${others}` });
};
