import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Inode, size in bytes and time of last change in milliseconds: together they say whether a row still is about the file.
 * Time alone does not: file systems count it in steps of milliseconds.
 */
interface Version {
  ino: number;
  size: number;
  mtimeMs: number;
}

export interface ObjectIndex {
  /** The stored adler32 (eight hex digits) of exactly this version of the file. */
  checksum(path: string, version: Version): string | undefined;
  /** Remembers a file; `adler32` null when it is not known. */
  record(path: string, version: Version, adler32: string | null): void;
  /** Remembers files found by looking; keeps checksums of unchanged ones. */
  recordFound(files: readonly (Version & { path: string })[]): void;
  /** Forgets what was neither found nor written since the index was opened. Returns how many rows. */
  forgetUnseen(): number;
  /** Forgets a file, or a directory with all below it. */
  remove(path: string): void;
  /** Forgets a file, and nothing below a directory of its name. */
  removeFile(path: string): void;
  /** Follows the renaming of a file or a directory; what was at `to` is forgotten. */
  rename(from: string, to: string): void;
  /** Counted at every write, never by scanning. */
  totals(): { usedBytes: number; files: number };
  close(): void;
}

const LAYOUT = 2;

const settings = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000';

const schema = `
  PRAGMA user_version = ${LAYOUT};
  CREATE TABLE IF NOT EXISTS object (
    path TEXT PRIMARY KEY,
    ino INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime REAL NOT NULL,
    adler32 TEXT,
    seen INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS totals (used INTEGER NOT NULL, files INTEGER NOT NULL, opened INTEGER NOT NULL);
  INSERT INTO totals SELECT 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM totals);
  CREATE TRIGGER IF NOT EXISTS object_added AFTER INSERT ON object
    BEGIN UPDATE totals SET used = used + NEW.size, files = files + 1; END;
  CREATE TRIGGER IF NOT EXISTS object_changed AFTER UPDATE OF size ON object WHEN OLD.size <> NEW.size
    BEGIN UPDATE totals SET used = used + NEW.size - OLD.size; END;
  CREATE TRIGGER IF NOT EXISTS object_removed AFTER DELETE ON object
    BEGIN UPDATE totals SET used = used - OLD.size, files = files - 1; END;
`;

/** The first text after everything that begins with `path/`: "0" follows "/". */
const afterTree = (path: string): string => (path === '/' ? '0' : `${path}0`);
const insideTree = (path: string): string => (path === '/' ? '/' : `${path}/`);

/**
 * Checksums and sizes of the objects, in SQLite. It can be lost: everything in it is found again from the files. Rows
 * are only believed when inode, size and time of the file are those of the row.
 */
export const openObjectIndex = (stateDir: string): ObjectIndex => {
  mkdirSync(stateDir, { recursive: true });
  const database = new DatabaseSync(join(stateDir, 'objects.sqlite'));
  database.exec(settings);
  // An index of another layout is made anew from the files.
  if (Number(database.prepare('PRAGMA user_version').get()!.user_version) !== LAYOUT) {
    database.exec('DROP TABLE IF EXISTS object; DROP TABLE IF EXISTS totals');
  }
  database.exec(schema);
  database.exec('UPDATE totals SET opened = opened + 1');
  const totals = database.prepare('SELECT used, files, opened FROM totals');
  const opened = Number(totals.get()!.opened);
  const find = database.prepare(
    'SELECT adler32 FROM object WHERE path = ? AND ino = ? AND size = ? AND mtime = ?',
  );
  const write = database.prepare(`
    INSERT INTO object (path, ino, size, mtime, adler32, seen) VALUES (?, ?, ?, ?, ?, ${opened})
    ON CONFLICT (path) DO UPDATE SET ino = excluded.ino, size = excluded.size, mtime = excluded.mtime, adler32 = excluded.adler32, seen = excluded.seen`);
  const writeFound = database.prepare(`
    INSERT INTO object (path, ino, size, mtime, seen) VALUES (?, ?, ?, ?, ${opened})
    ON CONFLICT (path) DO UPDATE SET ino = excluded.ino, size = excluded.size, mtime = excluded.mtime, seen = excluded.seen,
      adler32 = CASE WHEN ino = excluded.ino AND size = excluded.size AND mtime = excluded.mtime THEN adler32 END`);
  const forget = database.prepare(`DELETE FROM object WHERE seen < ${opened}`);
  const removeOne = database.prepare('DELETE FROM object WHERE path = ?');
  const removeTree = database.prepare('DELETE FROM object WHERE path >= ? AND path < ?');
  const renameOne = database.prepare(`UPDATE object SET path = ?, seen = ${opened} WHERE path = ?`);
  const renameTree = database.prepare(
    `UPDATE object SET path = ? || substr(path, ?), seen = ${opened} WHERE path >= ? AND path < ?`,
  );
  const atomically = (work: () => void): void => {
    database.exec('BEGIN IMMEDIATE');
    try {
      work();
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
  const remove = (path: string): void => {
    removeOne.run(path);
    removeTree.run(insideTree(path), afterTree(path));
  };

  return {
    checksum(path, { ino, size, mtimeMs }) {
      const adler32 = find.get(path, ino, size, mtimeMs)?.adler32;
      return typeof adler32 === 'string' ? adler32 : undefined;
    },
    record(path, { ino, size, mtimeMs }, adler32) {
      write.run(path, ino, size, mtimeMs, adler32);
    },
    recordFound(files) {
      atomically(() => {
        for (const { path, ino, size, mtimeMs } of files) writeFound.run(path, ino, size, mtimeMs);
      });
    },
    forgetUnseen: () => Number(forget.run().changes),
    remove(path) {
      atomically(() => remove(path));
    },
    removeFile(path) {
      removeOne.run(path);
    },
    rename(from, to) {
      atomically(() => {
        remove(to);
        renameOne.run(to, from);
        // SQLite counts characters, as substr does; JavaScript counts UTF-16 units.
        renameTree.run(to, [...from].length + 1, insideTree(from), afterTree(from));
      });
    },
    totals() {
      const row = totals.get()!;
      return { usedBytes: Number(row.used), files: Number(row.files) };
    },
    close() {
      database.close();
    },
  };
};
