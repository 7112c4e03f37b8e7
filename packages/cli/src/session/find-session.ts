import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommandError } from '../exit-codes.ts';

/** The lake that commands speak with. */
export interface Session {
  url: string;
  account: string;
  /** Of `leman login`. */
  token?: string;
  expires?: string;
  /** Of a home on this machine. */
  username?: string;
  password?: string;
  /** PEM file of the authority that the storages are verified against, besides the system's. */
  caFile?: string;
  /** Where this was found, for people. */
  from: string;
}

/** Where `leman login` keeps the token (0600). */
export const sessionFile = (): string =>
  join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'leman', 'session');

const DEFAULT_HOME = '.leman';

const fromHome = async (home: string): Promise<Session> => {
  const directory = resolve(home);
  const file = join(directory, 'admin.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      error.code === 'ENOENT' ? 'notFound' : 'denied',
      error.code === 'ENOENT'
        ? `There is no lake in ${directory}. Start one with "leman up --home ${home}".`
        : `${file} cannot be read (${error.code}). Ask whoever runs the lake for a login.`,
    );
  });
  const admin = JSON.parse(text) as { url: string; account: string; username: string; password: string };
  return { ...admin, caFile: join(directory, 'ca.pem'), from: file };
};

/**
 * The lake to speak with: --home, else LEMAN_HOME, else `leman login`, else the home .leman of this directory.
 * @throws CommandError that says how to come to one.
 */
export const findSession = async (home: string | undefined): Promise<Session> => {
  const named = home ?? process.env.LEMAN_HOME;
  if (named) return fromHome(named);
  const file = sessionFile();
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return { ...(JSON.parse(text) as Omit<Session, 'from'>), from: file };
  if (existsSync(join(DEFAULT_HOME, 'admin.json'))) return fromHome(DEFAULT_HOME);
  throw new CommandError(
    'denied',
    'You are logged in nowhere. Start a lake here with "leman up", name its home with --home DIR, or log in with "leman login URL".',
  );
};
