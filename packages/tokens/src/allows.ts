import { canonicalPath, covers } from './paths.ts';
import { parseScopes, type StorageOperation } from './scopes.ts';

/** What a granted operation includes: modify is a superset of create, and who may stage may also ask. */
const grantedBy: Record<StorageOperation, readonly StorageOperation[]> = {
  read: ['read'],
  create: ['create', 'modify'],
  modify: ['modify'],
  stage: ['stage'],
  poll: ['poll', 'stage'],
};

/**
 * The one path matcher: whether a scope string allows an operation on a decoded path. Whole segments only; `create`
 * does not allow overwriting (ask for `modify`); `stage` does not imply `read` (WLCG profile 1.2).
 */
export const allows = (scope: string, operation: StorageOperation, path: string): boolean => {
  const wanted = canonicalPath(path);
  if (wanted === undefined) return false;
  const sufficient = grantedBy[operation];
  return parseScopes(scope).some(
    (granted) => sufficient.includes(granted.operation) && covers(granted.path, wanted),
  );
};

/** Whether a scope allows asking for size, checksum and locality: any right on the path, or on something below it. */
export const allowsStat = (scope: string, path: string): boolean => {
  const wanted = canonicalPath(path);
  if (wanted === undefined) return false;
  return parseScopes(scope).some((granted) => covers(granted.path, wanted) || covers(wanted, granted.path));
};

/** Whether a scope allows making a directory: in a place it may create in, or on the way to one. */
export const allowsMakeCollection = (scope: string, path: string): boolean => {
  const wanted = canonicalPath(path);
  if (wanted === undefined) return false;
  return parseScopes(scope).some(
    (granted) =>
      grantedBy.create.includes(granted.operation) &&
      (covers(granted.path, wanted) || covers(wanted, granted.path)),
  );
};
