import { encodePath, pathOfUrl } from './paths.ts';

export const storageOperations = ['read', 'create', 'modify', 'stage', 'poll'] as const;
export type StorageOperation = (typeof storageOperations)[number];

/** A right on storage: the operation and the decoded path it holds for, with everything below. */
export interface TokenScope {
  operation: StorageOperation;
  path: string;
}

/** `storage.read:/path storage.create:/other`, paths percent-encoded (WLCG Common JWT Profile, "Capability based authorization"). */
export const printScopes = (scopes: readonly TokenScope[]): string =>
  scopes.map(({ operation, path }) => `storage.${operation}:${encodePath(path)}`).join(' ');

const known = new RegExp(`^storage\\.(${storageOperations.join('|')}):(/.*)$`);
const remembered = new Map<string, readonly TokenScope[]>();
const REMEMBERED_AT_MOST = 2000;

/** The storage rights in a scope string. An entry without a path, or with a path nobody may name, grants nothing. */
export const parseScopes = (scope: string): readonly TokenScope[] => {
  const before = remembered.get(scope);
  if (before) return before;
  const parsed = scope.split(' ').flatMap((entry): TokenScope[] => {
    const match = known.exec(entry);
    if (!match) return [];
    try {
      return [{ operation: match[1] as StorageOperation, path: pathOfUrl(match[2]!) }];
    } catch {
      return [];
    }
  });
  if (remembered.size >= REMEMBERED_AT_MOST) remembered.clear();
  remembered.set(scope, parsed);
  return parsed;
};
