export { type Adler32, createAdler32 } from './adler32.ts';
export * from './enums.ts';
export * from './errors.ts';
export type * from './lake-status.ts';
export * from './plain-text.ts';
export * from './reasons.ts';
export type * from './rule-explanation.ts';
export type * from './storage-token.ts';
