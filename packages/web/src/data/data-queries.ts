import { collect, type DatasetReplica, type Did, type DidHit, type DidName } from '@leman/client';
import { queryOptions } from '@tanstack/react-query';
import { lake } from '../app/lake.ts';
import { datasetsBelow, sumCopies } from './container-copies.ts';

/** Rows a list on a page holds at most; beyond that, searching is quicker than scrolling. */
export const MOST_ROWS = 2_000;
/** Names of one dataset that its page holds, to sort and to filter. */
export const MOST_CONTENTS = 20_000;

export const scopesQuery = queryOptions({
  queryKey: ['scopes'],
  queryFn: () => lake.scopes.owners(),
});

export type Kind = 'collection' | 'file' | 'all';

export const namesQuery = (scope: string, kind: Kind, name: string) =>
  queryOptions({
    queryKey: ['dids', scope, kind, name],
    queryFn: ({ signal }): Promise<DidHit[]> =>
      collect(lake.dids.search({ scope, type: kind, name: name || '*', signal }), MOST_ROWS),
    placeholderData: (before) => before,
  });

export interface Whereabouts {
  files: number;
  bytes: number;
  /** Storages that have all of it. */
  whole: string[];
  /** Storages that have a part. */
  part: string[];
}

/** Where datasets are, by name; one question for as many as a list shows. */
export const whereQuery = (scope: string, names: readonly string[]) =>
  queryOptions({
    queryKey: ['copies', 'many', scope, names],
    queryFn: async () => {
      const found = new Map<string, Whereabouts>();
      const dids = names.map((name) => ({ scope, name }));
      for await (const copy of lake.replicas.ofDatasets(dids)) {
        const { files, bytes, whole, part } = found.get(copy.name) ?? {
          files: 0,
          bytes: 0,
          whole: [],
          part: [],
        };
        const all = copy.length > 0 && copy.available_length >= copy.length;
        found.set(copy.name, {
          files: Math.max(files, copy.length),
          bytes: Math.max(bytes, copy.bytes),
          whole: all ? [...whole, copy.rse] : whole,
          part: all ? part : [...part, copy.rse],
        });
      }
      return found;
    },
    enabled: names.length > 0,
    placeholderData: (before) => before,
  });

export const didQuery = (did: DidName) =>
  queryOptions({
    queryKey: ['did', did.scope, did.name],
    queryFn: () => lake.dids.getCounted(did),
    // Attaching files is told by no event of its own.
    refetchInterval: 10_000,
  });

/** What a dataset or container holds; asked for again when its length has changed. */
export const contentQuery = (did: Did) =>
  queryOptions({
    queryKey: ['content', did.scope, did.name, did.length ?? 0],
    placeholderData: (before) => before,
    queryFn: () => collect(lake.dids.content(did), MOST_CONTENTS),
  });

export const parentsQuery = (did: DidName) =>
  queryOptions({
    queryKey: ['parents', did.scope, did.name],
    queryFn: () => collect(lake.dids.parents(did), 100),
  });

export const metadataQuery = (did: DidName) =>
  queryOptions({ queryKey: ['meta', did.scope, did.name], queryFn: () => lake.dids.metadata(did) });

/** Where a dataset is; of a container, where its datasets are, summed by storage: `null` when they are too many. */
export const datasetCopiesQuery = (did: Did) =>
  queryOptions({
    queryKey: ['copies', did.scope, did.name, did.type, did.length ?? 0],
    placeholderData: (before) => before,
    queryFn: async (): Promise<DatasetReplica[] | null> => {
      if (did.type !== 'CONTAINER') return collect(lake.replicas.ofDataset(did), MOST_ROWS);
      const datasets = await datasetsBelow(did, lake.dids.content, MOST_ROWS);
      if (datasets === null) return null;
      if (datasets.length === 0) return [];
      return sumCopies(did, lake.replicas.ofDatasets(datasets));
    },
  });

export const fileCopiesQuery = (did: DidName) =>
  queryOptions({
    queryKey: ['copies', 'file', did.scope, did.name],
    queryFn: async () => (await collect(lake.replicas.list({ dids: [did], all_states: true }), 1))[0] ?? null,
  });

export const didRulesQuery = (did: DidName, isFile: boolean) =>
  queryOptions({
    queryKey: ['did-rules', did.scope, did.name],
    queryFn: () => collect(isFile ? lake.dids.associatedRules(did) : lake.dids.rules(did), MOST_ROWS),
  });

export const fileUrl = ({ scope, name }: DidName): string =>
  `/ui/api/files/${encodeURIComponent(scope)}/${encodeURIComponent(name)}`;
export const datasetUrl = ({ scope, name }: DidName): string =>
  `/ui/api/datasets/${encodeURIComponent(scope)}/${encodeURIComponent(name)}`;
