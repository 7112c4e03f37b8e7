import { lstat, opendir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CommandError } from '../exit-codes.ts';

export interface LocalFile {
  path: string;
  /** Name in the catalogue: the file's, with the folder that was named and those below it before, unless flat. */
  name: string;
  bytes: number;
}

async function* below(directory: string, prefix: string): AsyncGenerator<LocalFile> {
  // In order of names, so that two runs do the same in the same order; a folder's names fit in memory.
  const names: string[] = [];
  for await (const entry of await opendir(directory)) names.push(entry.name);
  for (const name of names.sort()) {
    const path = join(directory, name);
    const kind = await lstat(path);
    if (kind.isDirectory()) yield* below(path, `${prefix}${name}/`);
    else if (kind.isFile()) yield { path, name: prefix + name, bytes: kind.size };
    // Links inside a folder are left out: what they point at may lie anywhere.
  }
}

/**
 * The files of the paths named on the command line; folders with all below them, hidden files too.
 * @param flat names are those of the files alone
 * @throws CommandError for a path that is not there.
 */
export async function* walkPaths(paths: readonly string[], flat = false): AsyncGenerator<LocalFile> {
  for (const path of paths) {
    const kind = await stat(path).catch(() => undefined);
    if (!kind) throw new CommandError('notFound', `${path} is not there, or may not be read.`);
    const name = basename(resolve(path));
    if (kind.isDirectory()) {
      for await (const file of below(path, `${name}/`))
        yield flat ? { ...file, name: basename(file.name) } : file;
    } else if (kind.isFile()) yield { path, name, bytes: kind.size };
    else throw new CommandError('usage', `${path} is neither a file nor a folder.`);
  }
}
