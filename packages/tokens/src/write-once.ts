import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

const writeTemporary = (file: string, content: string, mode: number): string => {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.new`;
  const handle = openSync(temporary, 'wx', mode);
  try {
    writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return temporary;
};

const isCode = (error: unknown, code: string): boolean => (error as { code?: string }).code === code;

/**
 * The content of a file that is made at first use and never again, however many processes ask at the same moment.
 * @param mode of the new file, e.g. 0o600 for a key
 */
export const readOrMake = (file: string, mode: number, make: () => string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  const temporary = writeTemporary(file, make(), mode);
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(temporary);
  }
  return readFileSync(file, 'utf8');
};

/** Replaces a file as a whole: readers see the old or the new content, never a part. */
export const replaceFile = (file: string, mode: number, content: string): void => {
  renameSync(writeTemporary(file, content, mode), file);
};
