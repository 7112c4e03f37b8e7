import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '@leman/contracts';
import { isAlive } from '@leman/foundation';
import { replaceFile } from '@leman/tokens';
import type { Home } from './home.ts';

/** Who holds a role of a home. */
export interface Holder {
  pid: number;
  /** Start of the process as the kernel counts it, where it tells: a number used again is another process. */
  started: string | null;
  role: string;
  url: string;
}

export interface HomeLock {
  /** Tells others where the lake answers. */
  tell(url: string): void;
  release(): void;
}

const startOf = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
};

const isRunning = (holder: Holder): boolean => {
  if (!isAlive(holder.pid)) return false;
  return holder.started === null || startOf(holder.pid) === holder.started;
};

const read = (file: string): Holder | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
};

/** The process that holds a role at the moment, if any. */
export const holderOf = (home: Home, role: string): Holder | undefined => {
  const holder = read(join(home.locksDirectory, `${role}.json`));
  return holder && isRunning(holder) ? holder : undefined;
};

const take = (home: Home, role: string, url: string): string => {
  const file = join(home.locksDirectory, `${role}.json`);
  const mine = `${file}.${process.pid}`;
  const holder: Holder = { pid: process.pid, started: startOf(process.pid), role, url };
  writeFileSync(mine, `${JSON.stringify(holder)}\n`);
  try {
    for (;;) {
      try {
        linkSync(mine, file);
        return file;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = read(file);
      if (other && isRunning(other)) {
        throw fail(
          'Duplicate',
          `Leman already runs in ${home.directory} (process ${other.pid}, ${other.url}). Use it, stop it with "kill ${other.pid}", or give another --home.`,
          { facts: { ...other } },
        );
      }
      // Left behind by a process that was killed. Moved aside first: of two that see it, one moves it.
      try {
        renameSync(file, `${mine}.stale`);
        // Between the look and the move somebody else may have taken it: that one is put back.
        const moved = read(`${mine}.stale`);
        if (moved && moved.pid !== other?.pid && isRunning(moved)) linkSync(`${mine}.stale`, file);
        unlinkSync(`${mine}.stale`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  } finally {
    unlinkSync(mine);
  }
};

/**
 * Takes the roles of a home for this process, all or none.
 * @throws Duplicate when a living process has one of them; it tells who.
 */
export const lockHome = (home: Home, roles: readonly string[], url: string): HomeLock => {
  mkdirSync(home.locksDirectory, { recursive: true });
  const files: string[] = [];
  const release = () => {
    for (const file of files.splice(0)) {
      if (read(file)?.pid === process.pid) unlinkSync(file);
    }
  };
  try {
    for (const role of roles) files.push(take(home, role.replaceAll(':', '-'), url));
  } catch (error) {
    release();
    throw error;
  }
  return {
    release,
    tell(url) {
      for (const file of files) {
        const holder = read(file);
        if (holder?.pid === process.pid) replaceFile(file, 0o644, `${JSON.stringify({ ...holder, url })}\n`);
      }
    },
  };
};
