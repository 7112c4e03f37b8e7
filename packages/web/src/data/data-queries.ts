import { collect, type DidHit, type DidName } from '@leman/client';
import { queryOptions } from '@tanstack/react-query';
import { lake } from '../app/lake.ts';

/** Rows a list on a page holds at most; beyond that, searching is quicker than scrolling. */
export const MOST_ROWS = 2_000;

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

export const didQuery = (did: DidName) =>
  queryOptions({ queryKey: ['dids', did.scope, did.name], queryFn: () => lake.dids.getCounted(did) });

export const contentQuery = (did: DidName) =>
  queryOptions({
    queryKey: ['content', did.scope, did.name],
    queryFn: () => collect(lake.dids.content(did), MOST_ROWS),
  });

export const parentsQuery = (did: DidName) =>
  queryOptions({
    queryKey: ['parents', did.scope, did.name],
    queryFn: () => collect(lake.dids.parents(did), 100),
  });

export const metadataQuery = (did: DidName) =>
  queryOptions({ queryKey: ['meta', did.scope, did.name], queryFn: () => lake.dids.metadata(did) });

export const datasetCopiesQuery = (did: DidName) =>
  queryOptions({
    queryKey: ['copies', did.scope, did.name],
    queryFn: () => collect(lake.replicas.ofDataset(did), MOST_ROWS),
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
