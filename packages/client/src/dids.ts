import type {
  Did,
  DidContent,
  DidFile,
  DidHit,
  DidKind,
  DidName,
  Metadata,
  NewFile,
  Rule,
} from './shapes.ts';
import type { Transport } from './transport.ts';
import { pythonLiteral, query, segment } from './wire.ts';

export interface DidSearch {
  scope: string;
  /** Shell-like: `*` stands for anything. */
  name?: string;
  type?: 'all' | 'collection' | 'dataset' | 'container' | 'file';
  /** More conditions, e.g. `{ 'length.gt': 3 }`; a list is an OR. */
  filters?: Record<string, unknown> | Record<string, unknown>[];
  recursive?: boolean;
  limit?: number;
  signal?: AbortSignal;
}

/** Files, datasets and containers. */
export const dids = (lake: Transport) => {
  const one = ({ scope, name }: DidName) => `/dids/${segment(scope)}/${segment(name)}`;
  return {
    search: (search: DidSearch) => {
      const groups = Array.isArray(search.filters) ? search.filters : [search.filters ?? {}];
      const named = search.name === undefined ? groups : groups.map((g) => ({ ...g, name: search.name }));
      const path = `/dids/${segment(search.scope)}/dids/search${query({
        type: search.type ?? 'all',
        long: 'True',
        filters: pythonLiteral(named),
        recursive: search.recursive ? 'True' : undefined,
        limit: search.limit,
      })}`;
      return lake.lines<DidHit>(path, search.signal ? { signal: search.signal } : {});
    },
    /** What a scope holds at its top. */
    list: (scope: string) =>
      lake.lines<DidName & { type: DidKind; level: number }>(`/dids/${segment(scope)}/`),
    get: (did: DidName) => lake.json<Did>(one(did)),
    /** With length and bytes of a collection counted now. */
    getCounted: (did: DidName) => lake.json<Did>(`${one(did)}?dynamic=True`),
    content: (did: DidName) => lake.lines<DidContent>(`${one(did)}/dids`),
    files: (did: DidName) => lake.lines<DidFile>(`${one(did)}/files`),
    parents: (did: DidName) => lake.lines<DidName & { type: DidKind }>(`${one(did)}/parents`),
    /** Rules on this name itself. */
    rules: (did: DidName) => lake.lines<Rule>(`${one(did)}/rules`),
    /** Rules that reach a file, also through its datasets. */
    associatedRules: (did: DidName) => lake.lines<Rule>(`${one(did)}/associated_rules`),
    add: (
      did: DidName,
      kind: 'DATASET' | 'CONTAINER',
      options: {
        meta?: Metadata;
        lifetime?: number;
        dids?: DidName[];
        statuses?: { monotonic?: boolean };
      } = {},
    ) => lake.text(one(did), { method: 'POST', body: { type: kind, ...options } }),
    attach: (parent: DidName, children: readonly (DidName | NewFile)[], rse?: string) =>
      lake.text(`${one(parent)}/dids`, { method: 'POST', body: { dids: children, ...(rse ? { rse } : {}) } }),
    /** Attaches to many at once; what is attached already stays as it is. */
    attachMany: (attachments: readonly (DidName & { dids: readonly DidName[]; rse?: string })[]) =>
      lake.text('/dids/attachments', { method: 'POST', body: { ignore_duplicate: true, attachments } }),
    detach: (parent: DidName, children: readonly DidName[]) =>
      lake.text(`${one(parent)}/dids`, { method: 'DELETE', body: { dids: children } }),
    setOpen: (did: DidName, open: boolean) =>
      lake.text(`${one(did)}/status`, { method: 'PUT', body: { open } }),
    metadata: (did: DidName, plugin: 'DID_COLUMN' | 'JSON' | 'ALL' = 'ALL') =>
      lake.json<Metadata>(`${one(did)}/meta${query({ plugin })}`),
    setMetadata: (did: DidName, meta: Metadata, recursive = false) =>
      lake.text(`${one(did)}/meta`, { method: 'POST', body: { meta, recursive } }),
    removeMetadata: (did: DidName, key: string) =>
      lake.text(`${one(did)}/meta${query({ key })}`, { method: 'DELETE' }),
  };
};
