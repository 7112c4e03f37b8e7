import { createReadStream } from 'node:fs';
import type { Client, DidName, NewFile } from '@leman/client';
import { FieldError } from '@leman/contracts';
import { type Protocols, sameChecksum } from '@leman/protocols';
import { chooseRse } from '../bytes/choose-rse.ts';
import { inBatches } from '../bytes/in-batches.ts';
import { localChecksum } from '../bytes/local-checksum.ts';
import { openStorages } from '../bytes/open-storages.ts';
import { type Source, sendFile } from '../bytes/send-file.ts';
import { type LocalFile, walkPaths } from '../bytes/walk-paths.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { inParallel } from '../in-parallel.ts';
import { type Progress, startProgress } from '../terminal/progress.ts';
import { sayBytes, sayNumberOf } from '../terminal/units.ts';
import { readDid, sayDid } from '../words.ts';
import { spanOption } from './span-option.ts';

interface Options {
  rse?: string;
  rseExpression?: string;
  qos?: string;
  scope?: string;
  dataset?: string;
  namePrefix?: string;
  flat?: boolean;
  lifetime?: string;
  jobs: number;
}

/** Files per call to the catalogue. */
const BATCH = 200;

interface Outcome extends DidName {
  rse: string;
  bytes: number;
  status: 'uploaded' | 'present' | 'failed';
  adler32?: string;
  error?: string;
}

interface Run {
  client: Client;
  protocols: Protocols;
  rse: string;
  scope: string;
  prefix: string;
  jobs: number;
  progress: Progress;
}

/** What the catalogue knows of the files of a batch at the RSE. */
const knownAt = async ({ client, rse, scope }: Run, names: string[]) => {
  const known = new Map<string, { bytes: number; adler32: string | null; state: string | undefined }>();
  const dids = names.map((name) => ({ scope, name }));
  for await (const replica of client.replicas.list({ dids, all_states: true })) {
    known.set(replica.name, { bytes: replica.bytes, adler32: replica.adler32, state: replica.states[rse] });
  }
  return known;
};

const sourceOf = ({ path, bytes }: LocalFile): Source => ({
  bytes,
  open: () => createReadStream(path, { highWaterMark: 1 << 18 }),
  checksum: () => localChecksum(path),
});

const uploadBatch = async (run: Run, files: LocalFile[]): Promise<Outcome[]> => {
  const { client, protocols, rse, scope, progress } = run;
  const named = files.map((file) => ({ file, name: run.prefix + file.name }));
  const known = await knownAt(
    run,
    named.map(({ name }) => name),
  );
  const outcomes: Outcome[] = [];
  const end = (name: string, file: LocalFile, rest: Omit<Outcome, 'scope' | 'name' | 'rse' | 'bytes'>) => {
    outcomes.push({ scope, name, rse, bytes: file.bytes, ...rest });
    progress.file();
    if (rest.error) progress.note(`${scope}:${name}: ${rest.error}`);
  };
  const missing: typeof named = [];
  const seen = new Set<string>();
  for (const { file, name } of named) {
    if (seen.has(name)) {
      end(name, file, {
        status: 'failed',
        error: 'a file before it in this upload has this name. Name it otherwise, e.g. with --name-prefix.',
      });
      continue;
    }
    // Those of earlier batches are in the catalogue by now.
    seen.add(name);
    const present = known.get(name);
    if (!present) {
      missing.push({ file, name });
      continue;
    }
    const adler32 = present.bytes === file.bytes ? await localChecksum(file.path) : undefined;
    if (adler32 === undefined || (present.adler32 !== null && !sameChecksum(adler32, present.adler32))) {
      end(name, file, {
        status: 'failed',
        error:
          'another file has this name in the catalogue. Names are for ever: choose another, e.g. with --name-prefix.',
      });
    } else if (present.state === 'AVAILABLE') {
      progress.add(file.bytes);
      end(name, file, { status: 'present', adler32 });
    } else missing.push({ file, name });
  }
  if (missing.length === 0) return outcomes;
  const doors = await client.replicas.storageTokens(
    missing.map(({ name }) => ({ rse, scope, name, operation: 'write' as const })),
  );
  const sent: NewFile[] = [];
  const pairs = missing.map((one, index) => ({ ...one, door: doors[index]! }));
  await inParallel(pairs, run.jobs, async ({ file, name, door }) => {
    try {
      const state = known.get(name)?.state;
      const moved = (bytes: number) => progress.add(bytes);
      const adler32 = await sendFile(protocols, sourceOf(file), door, moved, state !== undefined);
      // A copy that was registered before it came, or declared bad: now it is there.
      if (state && state !== 'BEING_DELETED')
        await client.replicas.setStates(rse, [{ scope, name, state: 'A' }]);
      else sent.push({ scope, name, bytes: file.bytes, adler32 });
      end(name, file, { status: 'uploaded', adler32 });
    } catch (error) {
      end(name, file, { status: 'failed', error: (error as Error).message });
    }
  });
  if (sent.length > 0) await client.replicas.add(rse, sent);
  return outcomes;
};

const unless = async (names: string[], call: Promise<unknown>): Promise<boolean> => {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof FieldError && names.includes(error.name)) return false;
    throw error;
  }
};

/** The scope asked for, or the account's own, made when it is missing. */
const settleScope = async (client: Client, account: string, wanted: string | undefined): Promise<string> => {
  if (wanted !== undefined) return wanted;
  const own = `user.${account}`;
  const scopes = await client.accounts.scopes(account).catch(() => [] as string[]);
  if (!scopes.includes(own)) await unless(['Duplicate'], client.scopes.add(account, own));
  return own;
};

/** Uploads files and folders to one storage, in parallel, and keeps them there by a rule. */
export const upload = async (context: Context, [paths]: [string[]], options: Options): Promise<void> => {
  const dataset = options.dataset === undefined ? undefined : readDid(options.dataset);
  const lifetime = spanOption('--lifetime', options.lifetime);
  const total = { files: 0, bytes: 0 };
  for await (const { bytes } of walkPaths(paths, options.flat)) {
    total.files++;
    total.bytes += bytes;
  }
  if (total.files === 0) throw new CommandError('notFound', 'There are no files to upload there.');
  const session = await context.session();
  const client = await context.client();
  const rse = await chooseRse(client, options);
  const scope = await settleScope(client, session.account, options.scope);
  const protocols = await openStorages(session);
  const progress = startProgress(total, context.json);
  const counts = { uploaded: 0, present: 0, failed: 0 };
  const keep = {
    copies: 1,
    rse_expression: rse,
    account: session.account,
    ...(lifetime === undefined ? {} : { lifetime }),
  };
  try {
    if (dataset && (await unless(['DataIdentifierAlreadyExists'], client.dids.add(dataset, 'DATASET')))) {
      await unless(['DuplicateRule'], client.rules.add({ ...keep, dids: [dataset] }));
    }
    const run: Run = {
      client,
      protocols,
      rse,
      scope,
      prefix: options.namePrefix ?? '',
      jobs: options.jobs,
      progress,
    };
    for await (const batch of inBatches(walkPaths(paths, options.flat), BATCH)) {
      const outcomes = await uploadBatch(run, batch);
      const done = outcomes.filter(({ status }) => status !== 'failed').map(({ name }) => ({ scope, name }));
      const fresh = outcomes
        .filter(({ status }) => status === 'uploaded')
        .map(({ name }) => ({ scope, name }));
      if (dataset && done.length > 0) await client.dids.attachMany([{ ...dataset, dids: done }]);
      if (!dataset && fresh.length > 0)
        await unless(['DuplicateRule'], client.rules.add({ ...keep, dids: fresh }));
      for (const outcome of outcomes) {
        counts[outcome.status]++;
        if (context.json) await context.out.item(outcome, []);
      }
    }
  } finally {
    progress.end();
    protocols.close();
  }
  const parts = [
    counts.uploaded > 0 && `${sayNumberOf(counts.uploaded, 'file')} uploaded to ${rse}`,
    counts.present > 0 && `${sayNumberOf(counts.present, 'file')} there already`,
    counts.failed > 0 && `${sayNumberOf(counts.failed, 'file')} failed`,
  ].filter(Boolean);
  await context.out.text(
    `${parts.join(', ')} (${sayBytes(total.bytes)})${dataset ? `, in ${sayDid(dataset)}` : `, scope ${scope}`}.`,
  );
  if (counts.failed > 0) {
    const some = counts.failed < total.files;
    throw new CommandError(
      some ? 'partial' : 'failed',
      `${sayNumberOf(counts.failed, 'file')} could not be uploaded. Run the same command again: what is there is skipped.`,
    );
  }
};
