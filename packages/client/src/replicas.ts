import type { StorageToken, StorageTokenItem } from '@leman/contracts';
import type { DatasetReplica, DidName, NewFile, Replica } from './shapes.ts';
import type { Transport } from './transport.ts';
import { query, segment } from './wire.ts';

export interface ReplicaSearch {
  dids: readonly DidName[];
  schemes?: readonly string[];
  rse_expression?: string;
  /** Also copies that are not available. */
  all_states?: boolean;
  resolve_parents?: boolean;
  signal?: AbortSignal;
}

/** Copies, and the tokens to reach them. */
export const replicas = (lake: Transport) => ({
  list: ({ signal, ...search }: ReplicaSearch) =>
    lake.lines<Replica>('/replicas/list', { method: 'POST', body: search, ...(signal ? { signal } : {}) }),
  ofDataset: (did: DidName) =>
    lake.lines<DatasetReplica>(`/replicas/${segment(did.scope)}/${segment(did.name)}/datasets`),
  /** The same for many at once. */
  ofDatasets: (dids: readonly DidName[]) =>
    lake.lines<DatasetReplica>('/replicas/datasets_bulk', { method: 'POST', body: { dids } }),
  datasetsAt: (rse: string) => lake.lines<DatasetReplica>(`/replicas/rse/${segment(rse)}`),
  /** Registers copies that are at the RSE (and the files, when new). */
  add: (rse: string, files: readonly NewFile[]) =>
    lake.text('/replicas', { method: 'POST', body: { rse, files } }),
  /** state: one letter, e.g. A. */
  setStates: (rse: string, files: readonly (DidName & { state: string })[]) =>
    lake.text('/replicas', { method: 'PUT', body: { rse, files } }),
  declareBad: (copies: readonly (DidName & { rse: string })[], reason: string) =>
    lake.json<Record<string, string[]>>('/replicas/bad', {
      method: 'POST',
      body: { replicas: copies, reason },
    }),
  /** A bare URL that carries its own permission. */
  signUrl: (rse: string, url: string, operation: 'read' | 'write' | 'delete') =>
    lake.text(`/credentials/signurl${query({ rse, url, svc: 'leman', op: operation, lifetime: 600 })}`),
  /** Where bytes go to or come from, with one token each; at most 1,000 items. */
  storageTokens: (items: readonly StorageTokenItem[]) =>
    lake.json<StorageToken[]>('/credentials/storage-tokens', { method: 'POST', body: { items } }),
});
