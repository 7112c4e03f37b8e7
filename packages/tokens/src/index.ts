export * from './allows.ts';
export { createIssuer, type Issuer, type MintRequest } from './issuer.ts';
export type { IssuerSource } from './key-set.ts';
export { ensureLocalCa, type LocalCa } from './local-ca.ts';
export { canonicalPath, covers, encodePath, pathOfUrl } from './paths.ts';
export {
  parseScopes,
  printScopes,
  type StorageOperation,
  storageOperations,
  type TokenScope,
} from './scopes.ts';
export * from './verifier.ts';
export { readOrMake, replaceFile } from './write-once.ts';
