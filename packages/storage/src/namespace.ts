import { lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '@leman/contracts';
import type { StorageContext } from './context.ts';

/** Name of the directory in the root that is the storage's own. */
export const OWN_DIRECTORY = '.leman';

export interface Entry {
  path: string;
  absolute: string;
  stat: Stats;
}

export const isCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as { code?: string })?.code ?? '');

const missing = (path: string) => fail('NotFound', `There is nothing at ${path}.`);

/** Whether a path belongs to the storage itself. Some file systems do not tell upper from lower case. */
export const isOwn = (path: string): boolean => `${path}/`.toLowerCase().startsWith(`/${OWN_DIRECTORY}/`);

/** Where the object of a canonical path lies. @throws AccessDenied 403 for the storage's own directory */
export const absoluteOf = (context: StorageContext, path: string): string => {
  if (isOwn(path))
    throw fail('AccessDenied', 'This directory belongs to the storage itself. Choose another name.', {
      status: 403,
    });
  return path === '/' ? context.root : context.root + path;
};

/** Whether every directory down to this one is a real one: a symbolic link is never followed. */
const isReal = (directory: string): boolean => realpathSync.native(directory) === directory;

/** Whether the way to an object goes over real directories only. */
export const hasRealParent = (context: StorageContext, absolute: string): boolean => {
  try {
    return absolute === context.root || isReal(dirname(absolute));
  } catch (error) {
    // Removed in between.
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
};

const statOf = (absolute: string): Stats | undefined => {
  try {
    return lstatSync(absolute);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
};

/** What is at a path: a file or a directory, or undefined. Links and devices are nothing. */
export const lookUp = (context: StorageContext, path: string): Entry | undefined => {
  const absolute = absoluteOf(context, path);
  const stat = statOf(absolute);
  if (!stat || (!stat.isFile() && !stat.isDirectory())) return undefined;
  return hasRealParent(context, absolute) ? { path, absolute, stat } : undefined;
};

/** @throws NotFound 404 */
export const requireEntry = (context: StorageContext, path: string): Entry => {
  const entry = lookUp(context, path);
  if (!entry) throw missing(path);
  return entry;
};

const notADirectory = () => fail('InvalidPath', 'A name on the way is not a directory. Choose another path.');

/**
 * The nearest directory above a path that is there.
 * @throws InvalidPath 400 when a file or a link is in the way
 */
export const nearestDirectory = (absolute: string): string => {
  for (let directory = dirname(absolute); ; directory = dirname(directory)) {
    const stat = statOf(directory);
    if (!stat) continue;
    if (!stat.isDirectory() || !isReal(directory)) throw notADirectory();
    return directory;
  }
};

/**
 * Makes the directories above a path.
 * @throws InvalidPath 400 when a file or a link is in the way
 */
export const ensureParents = (absolute: string): void => {
  const parent = dirname(absolute);
  if (nearestDirectory(absolute) !== parent) mkdirSync(parent, { recursive: true });
};

/** The path of a child as clients see it. */
export const childPath = (path: string, name: string): string =>
  path === '/' ? `/${name}` : join(path, name);

/** A strong validator: any other content has another inode, time or size. */
export const etagOf = (stat: Stats): string =>
  `"${stat.ino.toString(36)}-${Math.round(stat.mtimeMs * 1000).toString(36)}-${stat.size.toString(36)}"`;
