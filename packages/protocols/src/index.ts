export * from './registry.ts';
export * from './storage-error.ts';
export * from './storage-protocol.ts';
export { sameChecksum } from './webdav/digest.ts';
export { createTurns, type Turns } from './webdav/take-turns.ts';
