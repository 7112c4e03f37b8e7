import type { Command } from 'commander';
import { group, leaf, wholeNumber } from './leaf.ts';

/** Commands for files, datasets and their copies. */
export const addDataCommands = (program: Command): void => {
  leaf(
    program,
    'upload <path...>',
    'upload files and folders; what is there already is skipped',
    async () => (await import('./commands/upload.ts')).upload,
  )
    .option('--rse <rse>', 'storage to upload to')
    .option('--rse-expression <expression>', 'any storage of an RSE expression')
    .option('--qos <class>', 'any storage of a QoS class')
    .option('--scope <scope>', 'scope of the files (default: user.ACCOUNT)')
    .option('--dataset <did>', 'dataset to put them into, made when missing')
    .option('--name-prefix <text>', 'put before each name')
    .option('--flat', 'names without their folders, as "rucio upload" gives them')
    .option('--lifetime <span>', 'how long the copy is kept, e.g. 30d (default: for ever)')
    .option('--jobs <n>', 'files at once', wholeNumber('--jobs', 1), 4);
  leaf(
    program,
    'download <did...>',
    'download files and datasets, verified; what is there already is skipped',
    async () => (await import('./commands/download.ts')).download,
  )
    .option('--dir <dir>', 'directory to write to', '.')
    .option('--rse <expression>', 'only from these storages (RSE expression)')
    .option('--flat', 'without a directory per dataset')
    .option('--jobs <n>', 'files at once', wholeNumber('--jobs', 1), 4);
  leaf(
    program,
    'ls [pattern]',
    'scopes; what is in a scope, dataset or container; SCOPE:NAME* searches',
    async () => (await import('./commands/ls.ts')).ls,
  )
    .option('--type <type>', 'all, file, dataset, container, collection', 'all')
    .option(
      '--filter <expression>',
      'metadata, e.g. "project=survey", repeatable',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--limit <n>', 'at most so many', wholeNumber('--limit', 1));

  const did = group(program, 'did', 'one name of the catalogue');
  leaf(did, 'show <did>', 'what it is', async () => (await import('./commands/did.ts')).showDid);
  leaf(did, 'meta <did>', 'its metadata', async () => (await import('./commands/did.ts')).showMetadata);
  leaf(
    did,
    'set <did> <key=value...>',
    'set metadata',
    async () => (await import('./commands/did.ts')).setMetadata,
  ).option('--recursive', 'also what is below it');
  leaf(
    did,
    'unset <did> <key...>',
    'remove metadata',
    async () => (await import('./commands/did.ts')).unsetMetadata,
  );
  leaf(
    did,
    'parents <did>',
    'the datasets and containers it is in',
    async () => (await import('./commands/did.ts')).parents,
  );
  leaf(did, 'files <did>', 'all files below it', async () => (await import('./commands/did.ts')).files);

  const dataset = group(program, 'dataset', 'datasets and containers');
  leaf(
    dataset,
    'add <did>',
    'make an empty dataset',
    async () => (await import('./commands/dataset.ts')).addDataset,
  )
    .option('--container', 'a container instead')
    .option('--lifetime <span>', 'expires after, e.g. 30d');
  leaf(
    dataset,
    'attach <did> <child...>',
    'put files or datasets into it',
    async () => (await import('./commands/dataset.ts')).attach,
  );
  leaf(
    dataset,
    'detach <did> <child...>',
    'take them out again',
    async () => (await import('./commands/dataset.ts')).detach,
  );
  leaf(
    dataset,
    'close <did>',
    'allow no more changes',
    async () => (await import('./commands/dataset.ts')).close,
  );
  leaf(
    dataset,
    'reopen <did>',
    'allow changes again',
    async () => (await import('./commands/dataset.ts')).reopen,
  );
  leaf(
    dataset,
    'replicas <did>',
    'where its copies are',
    async () => (await import('./commands/dataset.ts')).datasetReplicas,
  );

  const replica = group(program, 'replica', 'copies of files');
  leaf(
    replica,
    'list <did...>',
    'where the copies are',
    async () => (await import('./commands/replica.ts')).listReplicas,
  )
    .option('--rse <expression>', 'only at these storages')
    .option('--all-states', 'also those that are not available');
  leaf(
    replica,
    'bad <did...>',
    'declare copies bad, so that they are made anew',
    async () => (await import('./commands/replica.ts')).declareBad,
  )
    .requiredOption('--rse <rse>', 'where the bad copy is')
    .requiredOption('--reason <text>', 'why');
};
