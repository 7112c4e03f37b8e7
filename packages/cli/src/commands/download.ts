import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, DidName, Replica } from '@leman/client';
import { type Protocols, sameChecksum } from '@leman/protocols';
import { localChecksum } from '../bytes/local-checksum.ts';
import { openStorages } from '../bytes/open-storages.ts';
import { receiveFile } from '../bytes/receive-file.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { inParallel } from '../in-parallel.ts';
import { type Progress, startProgress } from '../terminal/progress.ts';
import { sayBytes, sayNumberOf } from '../terminal/units.ts';
import { readDid, sayDid } from '../words.ts';

interface Options {
  dir: string;
  rse?: string;
  flat?: boolean;
  jobs: number;
}

interface Wanted {
  replica: Replica;
  path: string;
}
interface Outcome extends DidName {
  path: string;
  bytes: number;
  status: 'downloaded' | 'present' | 'failed';
  rse?: string;
  error?: string;
}

/** A name as a path below a directory: nothing in it may lead out. */
const safePath = (directory: string, name: string): string => {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.some((part) => part === '..' || part.includes('\0'))) {
    throw new CommandError('failed', `The name ${JSON.stringify(name)} cannot be a file on this machine.`);
  }
  return join(directory, ...parts);
};

/** RSEs with the file, nearest first, as the catalogue sorted them. */
const sourcesOf = (replica: Replica): string[] => [
  ...new Set(
    Object.values(replica.pfns)
      .sort((one, other) => one.priority - other.priority)
      .map(({ rse }) => rse),
  ),
];

const isPresent = async ({ replica, path }: Wanted): Promise<boolean> => {
  const local = await stat(path).catch(() => undefined);
  if (!local?.isFile() || local.size !== replica.bytes) return false;
  return replica.adler32 === null || sameChecksum(await localChecksum(path), replica.adler32);
};

const fetchOne = async (
  client: Client,
  protocols: Protocols,
  wanted: Wanted,
  progress: Progress,
): Promise<Outcome> => {
  const { replica, path } = wanted;
  const outcome = { scope: replica.scope, name: replica.name, path, bytes: replica.bytes };
  if (await isPresent(wanted)) {
    progress.add(replica.bytes);
    return { ...outcome, status: 'present' };
  }
  const failures: string[] = [];
  for (const rse of sourcesOf(replica)) {
    try {
      const [door] = await client.replicas.storageTokens([
        { rse, scope: replica.scope, name: replica.name, operation: 'read' },
      ]);
      await receiveFile(protocols, door!, replica, path, (bytes) => progress.add(bytes));
      return { ...outcome, status: 'downloaded', rse };
    } catch (error) {
      failures.push(`${rse}: ${(error as Error).message}`);
    }
  }
  return { ...outcome, status: 'failed', error: failures.join('; ') || 'there is no available copy' };
};

/** The files below the names asked for, and where each goes. */
async function* wantedFiles(
  client: Client,
  words: readonly string[],
  options: Options,
): AsyncGenerator<Wanted> {
  for (const word of words) {
    const did = await client.dids.get(readDid(word));
    const directory = did.type === 'FILE' || options.flat ? options.dir : safePath(options.dir, did.name);
    const search = {
      dids: [{ scope: did.scope, name: did.name }],
      ...(options.rse ? { rse_expression: options.rse } : {}),
    };
    for await (const replica of client.replicas.list(search)) {
      const name = options.flat ? replica.name.split('/').at(-1)! : replica.name;
      yield { replica, path: safePath(directory, name) };
    }
  }
}

/** Downloads files and all files below datasets, from the nearest copy that works, verified. */
export const download = async (context: Context, [words]: [string[]], options: Options): Promise<void> => {
  const session = await context.session();
  const client = await context.client();
  const total = { files: 0, bytes: 0 };
  for (const word of words) {
    const did = await client.dids.getCounted(readDid(word));
    total.files += did.type === 'FILE' ? 1 : (did.length ?? 0);
    total.bytes += did.bytes ?? 0;
  }
  const protocols = await openStorages(session);
  const progress = startProgress(total, context.json);
  const counts = { downloaded: 0, present: 0, failed: 0 };
  try {
    await inParallel(wantedFiles(client, words, options), options.jobs, async (wanted) => {
      const outcome = await fetchOne(client, protocols, wanted, progress);
      counts[outcome.status]++;
      progress.file();
      if (outcome.error) progress.note(`${sayDid(outcome)}: ${outcome.error}`);
      if (context.json) await context.out.item(outcome, []);
    });
  } finally {
    progress.end();
    protocols.close();
  }
  const done = counts.downloaded + counts.present;
  const missing = Math.max(counts.failed, total.files - done);
  const parts = [
    counts.downloaded > 0 && `${sayNumberOf(counts.downloaded, 'file')} downloaded to ${options.dir}`,
    counts.present > 0 && `${sayNumberOf(counts.present, 'file')} there already`,
    missing > 0 && `${sayNumberOf(missing, 'file')} missing`,
  ].filter(Boolean);
  await context.out.text(`${parts.join(', ') || 'Nothing to download'} (${sayBytes(total.bytes)}).`);
  if (missing > 0) {
    throw new CommandError(
      done > 0 ? 'partial' : 'failed',
      `${sayNumberOf(missing, 'file')} could not be downloaded${options.rse ? ` from ${options.rse}` : ''}. Where the copies are: leman replica list ${words.join(' ')} --all-states.`,
    );
  }
};
